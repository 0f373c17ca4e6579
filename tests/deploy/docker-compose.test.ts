import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { makeCompose, type Compose } from './support/compose.ts';
import type { Docker } from './support/docker.ts';
import { IMAGE_TIMEOUT, startDockerWithImage } from './support/image.ts';
import { firstFiveMinutes, type Journey } from './support/journey.ts';
import { until } from './support/machine.ts';
import { freePort } from '#tests/support/free-port.ts';
import { has } from './support/shell.ts';

const SETTINGS = [
  'POSTGRES_PASSWORD',
  'DATABASE_PASSWORD',
  'APP_URL',
  'SECRET_KEY_BASE',
  'SESSION_SIGNING_SALT',
  'SESSION_ENCRYPTION_SALT',
];

describe.skipIf(!has('root', 'dockerd', 'docker-compose', 'mmdebstrap'))('Docker Compose', () => {
  let docker: Docker;
  let compose: Compose;
  let port = 0;
  let journey: Journey;

  const psql = (sql: string) =>
    docker.run(['exec', 'shop_postgres_1', 'psql', '-U', 'postgres', '-d', 'anvil', '-Atc', sql]);
  const untilHealthy = () =>
    until(
      'Anvil to be ready',
      async () => (await compose.inspect('app', '{{.State.Health.Status}}')) === 'healthy',
    );
  const exitCode = (service: string) => compose.inspect(service, '{{.State.Status}} {{.State.ExitCode}}');

  beforeAll(async () => {
    docker = await startDockerWithImage(inject('runFolder'));
    port = await freePort();
    compose = await makeCompose(docker, join(inject('runFolder'), 'shop'), port);
  }, IMAGE_TIMEOUT);
  afterAll(async () => {
    await compose?.remove();
    await docker?.stop();
  });

  test('refuses to start without each of its settings, and names it', async () => {
    const file = join(compose.clone, '.env');
    for (const name of SETTINGS) {
      const others = SETTINGS.filter((other) => other !== name).map((other) => `${other}=something\n`);
      await writeFile(file, others.join(''));
      const { code, stderr } = await compose.try('config', '--quiet');
      expect({ name, code }).toEqual({ name, code: 1 });
      expect(stderr).toContain(`set ${name}`);
    }
    await writeFile(file, SETTINGS.map((name) => `${name}=something\n`).join(''));
    expect((await compose.try('config', '--quiet')).code).toBe(0);
    await rm(file);
  });

  test('builds and starts by the lines of docs/deploy/docker.md: database, migrations, server', async () => {
    await compose.asWritten('cat >.env');
    expect(await readFile(join(compose.clone, '.env'), 'utf8')).toMatch(/^SECRET_KEY_BASE=[0-9a-f]{64}$/m);
    await compose.asWritten('docker compose build');
    await untilHealthy();
    expect(await exitCode('migrate')).toBe('exited 0');
    expect(await compose.asWritten('curl -sS http://localhost:4000/health')).toContain('"database":"ok"');
  });

  test('gives Anvil a plain role that owns its database', async () => {
    const role = await psql(
      `select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication from pg_roles where rolname = 'anvil'`,
    );
    expect(role.trim()).toBe('f|f|f|f|f');
    const owner = await psql(`select pg_get_userbyid(datdba) from pg_database where datname = 'anvil'`);
    expect(owner.trim()).toBe('anvil');
  });

  test('publishes Anvil on this machine alone, and the database not at all', async () => {
    const ports = (service: string) => docker.run(['port', `shop_${service}_1`]);
    const published = (await ports('app')).trim().split('\n');
    expect(published.sort()).toEqual([
      `4000/tcp -> 127.0.0.1:${port}`,
      `9464/tcp -> 127.0.0.1:${compose.metricsPort}`,
    ]);
    const metrics = await fetch(`http://127.0.0.1:${compose.metricsPort}/metrics`);
    expect([metrics.status, await metrics.text()]).toEqual([200, expect.stringContaining('# TYPE anvil_')]);
    expect((await ports('postgres')).trim()).toBe('');
  });

  test('serves the whole journey from a read-only container without capabilities in 512 MiB', async () => {
    journey = await firstFiveMinutes(`http://localhost:${port}`);
    const line = await compose.asWritten('prompts/by_address', { ANVIL_API_KEY: journey.token });
    expect(line).toContain('{{ question }}');
    const format =
      '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.Memory}} {{.HostConfig.SecurityOpt}}';
    expect(await compose.inspect('app', format)).toBe('true [ALL] 536870912 [no-new-privileges:true]');
    expect(await compose.asWritten('anvil-server migrate:status')).toMatch(/^done +0001-people/m);
  });

  test('stops in order, each part with 0', async () => {
    expect((await compose.try('stop')).code).toBe(0);
    expect(await exitCode('app')).toBe('exited 0');
    expect(await exitCode('postgres')).toBe('exited 0');
  });

  test('has everything after down and up', async () => {
    await compose.asWritten('docker compose down');
    await untilHealthy();
    expect(await journey.fetchPrompt()).toContain('{{ question }}');
    expect(await exitCode('migrate')).toBe('exited 0');
  });

  test('asks for the set-up code, which is in its log, where other people reach it', async () => {
    await compose.try('down', '--volumes');
    const file = join(compose.clone, '.env');
    const settings = await readFile(file, 'utf8');
    await writeFile(file, settings.replace(/^APP_URL=.*$/m, 'APP_URL=https://anvil.example.com'));
    await compose.asWritten('docker compose build');
    await untilHealthy();
    expect(await compose.asWritten("grep 'set-up code'")).toMatch(/set-up code/);
  });
});
