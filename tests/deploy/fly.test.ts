import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse } from 'smol-toml';
import { z } from 'zod';
import type { Docker } from './support/docker.ts';
import { IMAGE, IMAGE_TIMEOUT, startDockerWithImage } from './support/image.ts';
import { until } from './support/machine.ts';
import { has, ROOT } from './support/shell.ts';

const seconds = z
  .string()
  .regex(/^\d+s$/)
  .transform((text) => Number(text.slice(0, -1)));
const check = z.strictObject({
  method: z.literal('GET'),
  path: z.string().startsWith('/'),
  interval: seconds,
  timeout: seconds,
  grace_period: seconds,
});

/** The part of Fly's configuration that the file uses; a word that Fly doesn't know is refused. */
const flyToml = z.strictObject({
  app: z.string(),
  primary_region: z.string().length(3),
  kill_signal: z.enum(['SIGTERM', 'SIGINT']),
  kill_timeout: seconds,
  build: z.strictObject({ dockerfile: z.string() }),
  deploy: z.strictObject({
    release_command: z.string(),
    release_command_timeout: z.string(),
    strategy: z.enum(['rolling', 'bluegreen', 'canary', 'immediate']),
    max_unavailable: z.number().int(),
  }),
  env: z.record(z.string(), z.string()),
  http_service: z.strictObject({
    internal_port: z.number().int(),
    force_https: z.boolean(),
    auto_stop_machines: z.enum(['off', 'stop', 'suspend']),
    auto_start_machines: z.boolean(),
    min_machines_running: z.number().int(),
    concurrency: z.strictObject({
      type: z.enum(['requests', 'connections']),
      soft_limit: z.number().int(),
      hard_limit: z.number().int(),
    }),
    checks: z.array(check),
  }),
  checks: z.record(z.string(), check.extend({ type: z.literal('http'), port: z.number().int() })),
  metrics: z.strictObject({ port: z.number().int(), path: z.string() }),
  vm: z.array(z.strictObject({ size: z.string(), memory: z.string() })),
});

const readFlyToml = async () => flyToml.parse(parse(await readFile(join(ROOT, 'fly.toml'), 'utf8')));

describe('fly.toml', () => {
  test('keeps two machines, sends them traffic by /ready and watches them by /health', async () => {
    const { http_service: service, checks } = await readFlyToml();
    expect(service.min_machines_running).toBeGreaterThanOrEqual(2);
    expect(service.auto_stop_machines).toBe('off');
    expect(service.force_https).toBe(true);
    expect(service.checks.map(({ path }) => path)).toEqual(['/ready']);
    expect(Object.values(checks).map(({ path, port }) => ({ path, port }))).toEqual([
      { path: '/health', port: service.internal_port },
    ]);
    for (const { interval, timeout } of [...service.checks, ...Object.values(checks)])
      expect(timeout).toBeLessThan(interval);
  });

  test('gives a machine more time to end than it takes to drain', async () => {
    const { kill_timeout: killTimeout, kill_signal: signal, env } = await readFlyToml();
    expect(signal).toBe('SIGTERM');
    expect(killTimeout).toBeGreaterThanOrEqual(Number(env.DRAIN_SECONDS) + 10);
  });

  test('builds the Dockerfile and reads the metrics where Anvil serves them', async () => {
    const { build, metrics, env } = await readFlyToml();
    expect(build.dockerfile).toBe('Dockerfile');
    expect(metrics).toEqual({ port: Number(env.METRICS_PORT), path: '/metrics' });
  });

  test('holds no secret', async () => {
    const { env } = await readFlyToml();
    expect(Object.keys(env).filter((name) => /SECRET|PASSWORD|SALT|KEY|URL|DSN/.test(name))).toEqual([]);
  });
});

describe.skipIf(!has('root', 'dockerd', 'mmdebstrap'))('the image as fly.toml runs it', () => {
  let docker: Docker;
  let settings: string[];
  let config: Awaited<ReturnType<typeof readFlyToml>>;

  beforeAll(async () => {
    config = await readFlyToml();
    docker = await startDockerWithImage(inject('runFolder'));
    const password = randomBytes(12).toString('hex');
    await docker.run(['network', 'create', 'fly']);
    await docker.run([
      ...['run', '--detach', '--name', 'fly-postgres', '--network', 'fly'],
      ...['--env', 'POSTGRES_PASSWORD=of-the-superuser', '--env', `ANVIL_DATABASE_PASSWORD=${password}`],
      ...['--volume', `${join(ROOT, 'deploy/postgres/init')}:/docker-entrypoint-initdb.d:ro`],
      'postgres:18-bookworm',
    ]);
    const isReady = ['exec', 'fly-postgres', 'pg_isready', '--host=127.0.0.1', '--username=anvil'];
    await until('PostgreSQL', async () => (await docker.try(isReady)).code === 0);
    const secrets = {
      APP_URL: 'https://anvil.example.com',
      DATABASE_URL: `postgres://anvil:${password}@fly-postgres:5432/anvil?sslmode=disable`,
      SECRET_KEY_BASE: randomBytes(32).toString('hex'),
      SESSION_SIGNING_SALT: randomBytes(32).toString('hex'),
      SESSION_ENCRYPTION_SALT: randomBytes(32).toString('hex'),
    };
    const environment = Object.entries({ ...config.env, ...secrets });
    settings = ['--network', 'fly', ...environment.flatMap(([name, value]) => ['--env', `${name}=${value}`])];
  }, IMAGE_TIMEOUT);
  afterAll(async () => {
    await docker.try(['rm', '--force', '--volumes', 'fly-anvil', 'fly-postgres']);
    await docker.try(['network', 'rm', 'fly']);
    await docker.stop();
  });

  /** Fly takes the command apart as a shell does, and gives it to the image's entry point. */
  const release = () =>
    docker.try(['run', '--rm', ...settings, IMAGE, ...config.deploy.release_command.split(' ')]);

  test('migrates by the release command, and finds nothing to do the second time', async () => {
    const first = await release();
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('Migrated 0001-people') });
    expect(await release()).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to migrate') });
  });

  test('fails the release when the database can’t be migrated', async () => {
    await docker.run(['pause', 'fly-postgres']);
    try {
      expect((await release()).code).not.toBe(0);
    } finally {
      await docker.run(['unpause', 'fly-postgres']);
    }
  });

  /** Asks for a path of the machine from inside. */
  const answers = async (status: number, path: string, port: number) => {
    const script = `fetch('http://127.0.0.1:${port}${path}').then((answer) => process.exit(answer.status === ${status} ? 0 : 1))`;
    return (await docker.try(['exec', 'fly-anvil', 'node', '-e', script])).code === 0;
  };

  test('answers each check with 200 on the port that it names', async () => {
    await docker.run(['run', '--detach', '--name', 'fly-anvil', '--memory', '512m', ...settings, IMAGE]);
    const checks = [
      ...config.http_service.checks.map(({ path }) => ({ path, port: config.http_service.internal_port })),
      ...Object.values(config.checks),
    ];
    for (const { path, port } of checks) await until(`200 from ${path}`, () => answers(200, path, port));
  });

  test('waits when the database is away at the start, and gets traffic when it is back', async () => {
    const port = config.http_service.internal_port;
    await docker.run(['kill', 'fly-anvil']);
    await docker.run(['stop', 'fly-postgres']);
    await docker.run(['start', 'fly-anvil']);
    await until('/live', () => answers(200, '/live', port));
    await until('the first attempt', async () =>
      (await docker.run(['logs', 'fly-anvil'])).includes('Anvil waits until it answers'),
    );
    expect(await answers(503, '/ready', port)).toBe(true);
    await docker.run(['start', 'fly-postgres']);
    await until('/ready', () => answers(200, '/ready', port));
    expect((await docker.run(['inspect', '-f', '{{.RestartCount}}', 'fly-anvil'])).trim()).toBe('0');
  });

  test('ends by the signal of the file, with 0, before its time is over', async () => {
    await docker.run(['kill', '--signal', config.kill_signal, 'fly-anvil']);
    const inTime = await docker.try(['exec', 'fly-anvil', 'node', '-e', '']);
    expect(inTime.code).toBe(0);
    await until(
      'the machine to end',
      async () => (await docker.run(['inspect', '-f', '{{.State.Status}}', 'fly-anvil'])).trim() === 'exited',
      config.kill_timeout,
    );
    expect((await docker.run(['inspect', '-f', '{{.State.ExitCode}}', 'fly-anvil'])).trim()).toBe('0');
  });
});
