import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmbedded, type EmbeddedDatabase } from '#db/embedded/start.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startDatabaseProxy, type DatabaseProxy } from '../support/database-proxy.ts';
import { startBuiltServer, type RunningServer } from '../support/running-server.ts';
import { signalAll } from '../support/signal.ts';

/** The longest time from the moment at which new connections get through to the next page. */
const RECOVERY_MS = 10_000;

const statusOf = async (server: RunningServer, path: string) =>
  (await fetch(server.url + path, { redirect: 'manual' })).status;

/** Asks until the page answers as expected. @returns how long that took, in milliseconds */
async function timeUntil(server: RunningServer, path: string, status: number): Promise<number> {
  const startedAt = performance.now();
  while ((await statusOf(server, path)) !== status) {
    if (performance.now() - startedAt > 60_000)
      throw new Error(`${path} was never ${status}:\n${server.log()}`);
    await sleep(100);
  }
  return performance.now() - startedAt;
}

/** Pages, the health of what they need, and what goes on without the database. */
async function expectOutage(server: RunningServer): Promise<void> {
  await timeUntil(server, '/health?only=database', 503);
  for (const path of ['/', '/sign-in', '/register'])
    expect([path, await statusOf(server, path)]).toEqual([path, 503]);
  expect(await (await fetch(`${server.url}/ready`)).json()).toEqual({ status: 'ready', degraded: true });
  expect(await statusOf(server, '/live')).toBe(200);
}

describe('a network that loses its connections without a word', () => {
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let server: RunningServer;

  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await startDatabaseProxy(database.url);
    server = await startBuiltServer({ DATABASE_URL: proxy.url });
  });
  afterAll(async () => {
    await server.stop();
    await proxy.stop();
    await database.drop();
  });

  test('makes pages 503, and they work again within ten seconds', async () => {
    expect(await statusOf(server, '/register')).toBe(200);
    proxy.silence();
    await expectOutage(server);
    proxy.resume();
    const ms = await timeUntil(server, '/register', 200);
    console.log(`pages work again after ${Math.round(ms)} ms`);
    expect(ms).toBeLessThan(RECOVERY_MS);
    expect(await timeUntil(server, '/health?only=database', 200)).toBeLessThan(RECOVERY_MS);
  });

  test('for less than the probes need to notice costs pages no more than that', async () => {
    // Every pool has connections, and all of them are dead.
    await Promise.all(Array.from({ length: 12 }, () => statusOf(server, '/register')));
    proxy.silence();
    proxy.resume();
    const ms = await timeUntil(server, '/register', 200);
    console.log(`a page of a pool of dead connections answers after ${Math.round(ms)} ms`);
    expect(ms).toBeLessThan(RECOVERY_MS);
  });
});

describe('a database whose processes are stopped', () => {
  let folder: string;
  let database: EmbeddedDatabase;
  let server: RunningServer;
  let stopped: number[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'anvil-stopped-'));
    database = await startEmbedded({ dataDir: join(folder, 'database') });
    server = await startBuiltServer({ DATABASE_URL: database.url });
  });
  afterAll(async () => {
    resume();
    await server.stop();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function processes(): Promise<number[]> {
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,ppid=']);
    const pairs = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number));
    return [database.pid, ...pairs.flatMap(([pid = 0, parent]) => (parent === database.pid ? [pid] : []))];
  }

  function resume(): void {
    signalAll(stopped, 'SIGCONT');
    stopped = [];
  }

  test('makes pages 503, and they work again within ten seconds of its return', async () => {
    expect(await statusOf(server, '/register')).toBe(200);
    stopped = await processes();
    signalAll(stopped, 'SIGSTOP');
    await expectOutage(server);
    resume();
    const ms = await timeUntil(server, '/register', 200);
    console.log(`pages work again after ${Math.round(ms)} ms`);
    expect(ms).toBeLessThan(RECOVERY_MS);
  });
});
