import { mkdtemp, readFile, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { clusterFolder } from '#db/embedded/cluster.ts';
import { processesOf } from '#db/embedded/orphans.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { signalAll } from '../support/signal.ts';

let home: string;
let server: ServerProcess;
let cluster: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'anvil-embedded-'));
  await chmod(home, 0o755);
  cluster = clusterFolder(join(home, 'database'));
  server = await startServerProcess('build/server.mjs', {
    ...{ ANVIL_EMBEDDED_DATABASE: 'true', ANVIL_DATA_DIR: home, LOG_LEVEL: 'info' },
  });
  await server.ready();
});

afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(server.log());
});

afterAll(async () => {
  await server.stop();
  await rm(home, { recursive: true });
});

const health = () => server.status('/health');

async function postmaster(): Promise<number> {
  return Number((await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

test.each(['the postmaster', 'everything'])(
  'a kill of %s is survived, and the next start is logged',
  async (what) => {
    await expect.poll(health, { timeout: 30_000 }).toBe(200);
    const before = await postmaster();
    const lines = server.log().length;
    signalAll(what === 'everything' ? await processesOf(cluster) : [before], 'SIGKILL');
    await expect
      .poll(() => server.log().slice(lines), { timeout: 60_000 })
      .toContain('the embedded database runs again');
    expect(await postmaster()).not.toBe(before);
    await expect.poll(health, { timeout: 30_000 }).toBe(200);
    expect(await server.status('/register')).toBe(200);
    const log = server.log().slice(lines);
    expect(
      log.split('\n').filter((line) => line.includes('stopped by itself (signal SIGKILL)')),
    ).toHaveLength(1);
    expect(log).toContain(join(home, 'database/postgres.log'));
  },
);

test('a kill of a backend is survived without a restart', async () => {
  const before = await postmaster();
  for (const pid of await processesOf(cluster)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    // PostgreSQL ends all others when one is killed.
    if (/^postgres: anvil /.test(command)) signalAll([pid], 'SIGKILL');
  }
  await expect
    .poll(async () => (await health()) === 200 && server.status('/register'), { timeout: 30_000 })
    .toBe(200);
  expect(await postmaster()).toBe(before);
});

test('while the database is away, the folder stays locked and pages are 503', async () => {
  const lines = server.log().length;
  // Stopped, so that the next start has to wait for its end.
  process.kill(await postmaster(), 'SIGKILL');
  await expect.poll(() => server.log().slice(lines)).toContain('stopped by itself');
  const second = await startServerProcess('build/server.mjs', {
    ...{ ANVIL_EMBEDDED_DATABASE: 'true', ANVIL_DATA_DIR: home },
  });
  expect(await second.exited).toBe(1);
  expect(second.log()).toContain(`Another Anvil already runs on the database in ${join(home, 'database')}`);
  await expect.poll(health, { timeout: 30_000 }).toBe(200);
});

test('a stop ends the database, and starts it no more', async () => {
  await server.stop();
  expect(await processesOf(cluster)).toEqual([]);
  expect(server.log()).toContain('"msg":"closed"');
});
