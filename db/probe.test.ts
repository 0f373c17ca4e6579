import pg from 'pg';
import { parse } from 'pg-connection-string';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asAdmin } from '#db/embedded/roles.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { startDatabaseProxy, type DatabaseProxy } from '#tests/support/database-proxy.ts';
import type { DatabaseFailure } from './errors.ts';
import { createProbe, type PoolProbe } from './probe.ts';

let database: TestDatabase;
let proxy: DatabaseProxy;
let probe: PoolProbe;
/** Changes and drops, in order. */
let told: string[];

beforeEach(async () => {
  database = await createTestDatabase();
  proxy = await startDatabaseProxy(database.url);
  told = [];
  probe = createProbe({
    url: proxy.url,
    onChange: (error) => told.push(error ? 'unreachable' : 'reachable'),
  });
  probe.onOutage((failure: DatabaseFailure) => told.push(`drop: ${failure.kind}`));
});
afterEach(async () => {
  await probe.stop();
  await proxy.stop();
  await database.drop();
});

const name = () => parse(database.url).database;

test('a probe that was never asked counts as reachable, and opens no connection', () => {
  expect([probe.isReachable, probe.failure, proxy.connections()]).toEqual([true, undefined, 0]);
});

test('a probe uses one connection, and remembers when it last succeeded', async () => {
  const before = Date.now();
  await Promise.all([probe.check(), probe.check()]);
  await probe.check();
  expect([probe.isReachable, proxy.connections()]).toEqual([true, 1]);
  expect(probe.lastSuccessAt).toBeGreaterThanOrEqual(before);
  expect(told).toEqual([]);
});

describe('a database that went away', () => {
  test('is unreachable at the first failed probe, and reachable at the first success', async () => {
    await probe.check();
    const { lastSuccessAt } = probe;
    proxy.cut();
    await probe.check();
    expect([probe.isReachable, probe.lastSuccessAt]).toEqual([false, lastSuccessAt]);
    expect(probe.failure).toBe('The database can’t be reached right now. Try again in a moment.');
    expect(probe.refusal()).toBeUndefined();
    proxy.resume();
    await probe.check();
    expect([probe.isReachable, probe.failure]).toEqual([true, undefined]);
    expect(told).toEqual(['unreachable', 'reachable']);
  });

  test('costs the pools their connections once, after three failed probes in a row', async () => {
    await probe.check();
    proxy.cut();
    for (let times = 0; times < 5; times += 1) await probe.check();
    expect(told).toEqual(['unreachable', 'drop: unavailable']);
    expect(probe.refusal()).toMatchObject({ kind: 'unavailable' });
    proxy.resume();
    await probe.check();
    expect(probe.refusal()).toBeUndefined();
    proxy.cut();
    await probe.check();
    await probe.check();
    proxy.resume();
    await probe.check();
    expect(told.slice(2)).toEqual(['reachable', 'unreachable', 'reachable']);
  });

  test('and says nothing is noticed, and new connections that get through are used at once', async () => {
    await probe.check();
    proxy.silence();
    await probe.check();
    expect(probe.isReachable).toBe(false);
    proxy.resume();
    await probe.check();
    expect(probe.isReachable).toBe(true);
  });

  test('between two probes and came back is reachable', async () => {
    await probe.check();
    proxy.cut();
    await expect.poll(() => proxy.connections()).toBe(0);
    proxy.resume();
    await probe.check();
    expect(told).toEqual([]);
  });
});

test('an event loop that is blocked for longer than the probe may take doesn’t count as a failure', async () => {
  await probe.check();
  const checked = probe.check();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
  await checked;
  expect([probe.isReachable, told]).toEqual([true, []]);
});

describe('a database that is read-only', () => {
  const setReadOnly = (value: 'on' | 'off') =>
    asAdmin(database.adminUrl, async (admin) => {
      await admin.query('set default_transaction_read_only = off');
      await admin.query(`alter database ${name()} set default_transaction_read_only = ${value}`);
    });

  test('is unreachable, for a probe that was connected before too', async () => {
    await probe.check();
    await setReadOnly('on');
    await probe.check();
    expect([probe.isReachable, probe.failure]).toEqual([
      false,
      'The database is read-only right now. Try again in a moment.',
    ]);
    await probe.check();
    await probe.check();
    expect(told).toEqual(['unreachable', 'drop: read_only']);
    await setReadOnly('off');
    await probe.check();
    expect(probe.isReachable).toBe(true);
  });
});

test('a server that is out of connections is unreachable, but the pools keep the connections they have', async () => {
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await asAdmin(database.adminUrl, (admin) => admin.query(`alter database ${name()} connection limit 1`));
  for (let times = 0; times < 4; times += 1) await probe.check();
  expect(probe.failure).toBe('The database accepts no more connections right now. Try again in a moment.');
  expect([told, probe.refusal()]).toEqual([['unreachable'], undefined]);
  await holder.end();
});

test('a probe that is started probes by itself, until it is stopped', async () => {
  probe.start();
  probe.start();
  await expect.poll(() => proxy.connections()).toBe(1);
  proxy.cut();
  await expect.poll(() => told).toEqual(['unreachable', 'drop: unavailable']);
  proxy.resume();
  await expect.poll(() => probe.isReachable).toBe(true);
  await probe.stop();
  await expect.poll(() => proxy.connections()).toBe(0);
});
