import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { queryOnce } from '#tests/support/database.ts';
import {
  makeClone,
  processesBelow,
  startChild,
  type Child,
  type EmbeddedClone,
} from '#tests/support/embedded-clone.ts';
import { signalAll } from '#tests/support/signal.ts';
import { clusterFolder } from './cluster.ts';
import { processesOf } from './orphans.ts';
import { startEmbedded } from './start.ts';

// Generous: a start may take seconds where all else is being built and tested at the same time.
vi.setConfig({ testTimeout: 300_000 });

let clone: EmbeddedClone;
let home: string;
/** Shared: making a cluster is most of the time a test takes, and each of these works on a new one as on a used one. */
let dataDir: string;

beforeAll(async () => {
  clone = await makeClone();
  home = await mkdtemp(join(tmpdir(), 'anvil-kill-'));
  dataDir = join(home, 'database');
});

afterEach(() => expect.poll(() => processesBelow(home)).toEqual([]));

afterAll(async () => {
  await clone.remove();
  await rm(home, { recursive: true });
});

async function ready(child: Child): Promise<{ url: string; pid: number }> {
  const line = await child.next();
  if (!line || !('ready' in line)) throw new Error(`The child did not start: ${JSON.stringify(line)}`);
  return line.ready;
}

/** Takes what the child acknowledged until `count` of it has come, then kills it and takes what was on its way. */
async function writeThenKill(count: number): Promise<number[]> {
  const child = startChild(clone, { dataDir, task: 'write' });
  const acknowledged: number[] = [];
  for (let line = await child.next(); line; line = await child.next()) {
    if ('failed' in line) throw new Error(line.failed.message);
    if ('written' in line) acknowledged.push(line.written);
    if (acknowledged.length >= count) child.kill();
  }
  return acknowledged;
}

test('20 kills of Node under acknowledged writes lose no row and double none', async () => {
  const acknowledged: number[] = [];
  for (let kill = 0; kill < 20; kill++) {
    // Every fourth is killed as soon as the server takes connections.
    acknowledged.push(...(await writeThenKill(kill % 4 === 3 ? 0 : 1 + ((kill * 37) % 90))));
  }
  const database = await startEmbedded({ dataDir });
  const rows = await queryOnce<{ n: number }>(database.url, 'select n from numbered order by n');
  await database.stop();
  const stored = rows.map(({ n }) => n);
  expect(acknowledged.length).toBeGreaterThan(400);
  expect(acknowledged.filter((n) => !stored.includes(n))).toEqual([]);
  expect(new Set(stored).size).toBe(stored.length);
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
});

test('a first start that is killed at any moment leaves nothing in the way of the next', async () => {
  const fresh = join(home, 'killed');
  for (const afterMs of [100, 250, 400, 700]) {
    const child = startChild(clone, { dataDir: fresh, task: 'hold' });
    // eslint-disable-next-line no-restricted-syntax -- any moment of the kill is right; nothing is measured
    setTimeout(() => child.kill(), afterMs);
    await child.exited;
  }
  const database = await startEmbedded({ dataDir: fresh });
  expect(await queryOnce(database.url, 'select current_user as who')).toEqual([{ who: 'anvil' }]);
  await database.stop();
  expect((await readdir(fresh)).filter((name) => name.startsWith('cluster'))).toEqual(['cluster']);
});

test('PostgreSQL stops by itself when Node is killed', async () => {
  const child = startChild(clone, { dataDir, task: 'hold' });
  await ready(child);
  child.kill();
  await expect.poll(() => processesBelow(home)).toEqual([]);
  expect(await readFile(join(dataDir, 'postgres.log'), 'utf8')).toContain('fast shutdown request');
});

test('a PostgreSQL whose watchdog was killed with Node is stopped by the next start', async () => {
  const child = startChild(clone, { dataDir, task: 'hold' });
  const { pid } = await ready(child);
  for (const other of await processesOf(clusterFolder(dataDir))) {
    const name = await readFile(`/proc/${other}/comm`, 'utf8').catch(() => '');
    if (name.trim() === 'sh') signalAll([other], 'SIGKILL');
  }
  child.kill();
  await child.exited;
  const database = await startEmbedded({ dataDir });
  expect(database.pid).not.toBe(pid);
  await database.stop();
});

test('after a kill of the postmaster the same process starts again, with all data', async () => {
  const first = await startEmbedded({ dataDir });
  await queryOnce(first.url, 'create table kept as select generate_series(1, 1000) as n');
  process.kill(first.pid, 'SIGKILL');
  await first.exited;
  const second = await startEmbedded({ dataDir });
  expect(await queryOnce(second.url, 'select count(*)::int as rows from kept')).toEqual([{ rows: 1000 }]);
  await second.stop();
});

test('of two starts at once on one folder exactly one runs, and the other names it', async () => {
  const fresh = join(home, 'twice');
  for (const round of ['on a new folder', 'once more', 'and again']) {
    const children = [0, 1].map(() => startChild(clone, { dataDir: fresh, task: 'hold' }));
    const lines = await Promise.all(children.map((child) => child.next()));
    const winner = lines.findIndex((line) => line && 'ready' in line);
    const loser = lines[1 - winner];
    expect(loser, round).toMatchObject({
      failed: {
        reason: 'already_running',
        message: expect.stringContaining(`process ${children[winner]?.pid}.`),
      },
    });
    await Promise.all(children.map((child) => child.finish()));
  }
});
