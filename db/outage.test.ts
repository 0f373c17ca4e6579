import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { startDatabaseProxy, type DatabaseProxy } from '#tests/support/database-proxy.ts';
import { connect, type Database } from './connections.ts';
import { failureKind } from './errors.ts';
import { acrossOrganisations, currentTransaction } from './tenancy.ts';
import { TIMEOUTS } from './timeouts.ts';

let testDatabase: TestDatabase;
let proxy: DatabaseProxy;
let database: Database;
let errors: Error[];

const POOL_SIZE = 3;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  proxy = await startDatabaseProxy(testDatabase.url);
  errors = [];
  database = connect({ url: proxy.url, poolSize: POOL_SIZE, onError: (error) => errors.push(error) });
});
afterEach(async () => {
  vi.useRealTimers();
  await database.close();
  await proxy.stop();
  await testDatabase.drop();
});

const POOLS = {
  services: (sql: string) =>
    acrossOrganisations(database, 'tests: ask', () => currentTransaction().raw(sql)) as Promise<unknown>,
  delivery: (sql: string) => database.delivery.query(sql) as Promise<unknown>,
};
type Ask = (sql: string) => Promise<unknown>;

const kindOf = (work: Promise<unknown>) =>
  work.then(
    () => 'answered',
    (error: unknown) => failureKind(error) ?? 'bug',
  );

/** Opens as many connections as fit. */
const fill = (ask: Ask) => Promise.all(Array.from({ length: POOL_SIZE }, () => ask('select pg_sleep(0.05)')));

async function failProbes(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await database.servicesProbe.check();
}

describe.each(Object.entries(POOLS))('the %s pool, when its connections die silently', (_name, ask) => {
  test('fails callers that wait for an answer at the third failed probe, and those that come later at once', async () => {
    await fill(ask);
    proxy.silence();
    const waiting = Array.from({ length: POOL_SIZE + 2 }, () => kindOf(ask('select 1')));
    await failProbes(3);
    // A caller that waited for a connection, and not for an answer, may hear first that all of them are in use.
    for (const kind of await Promise.all(waiting)) expect(['unavailable', 'busy']).toContain(kind);
    // A connection that was opened before gives up after its time-out. The caller fails before that.
    const silent = new pg.Client({ connectionString: proxy.url, connectionTimeoutMillis: TIMEOUTS.connect });
    const timedOut = silent.connect().catch(() => 'timed out');
    expect(await Promise.race([timedOut, kindOf(ask('select 1'))])).toBe('unavailable');
    await timedOut;
    // The outage was reported once, by the probe.
    expect(errors).toEqual([]);
  });

  test('answers at once when new connections get through again', async () => {
    await fill(ask);
    proxy.silence();
    await failProbes(3);
    proxy.resume();
    await database.servicesProbe.check();
    expect(await Promise.all(Array.from({ length: 6 }, () => kindOf(ask('select 1'))))).toEqual(
      Array(6).fill('answered'),
    );
  });

  test('checks all its connections after a failed probe, and replaces those that are dead', async () => {
    await database.servicesProbe.check();
    await fill(ask);
    proxy.silence();
    proxy.resume();
    await database.servicesProbe.check();
    expect(database.servicesProbe.isReachable).toBe(false);
    expect(await Promise.all(Array.from({ length: POOL_SIZE }, () => kindOf(ask('select 1'))))).toEqual(
      Array(POOL_SIZE).fill('answered'),
    );
  });

  test('checks all its connections after a statement that got no answer', async () => {
    await fill(ask);
    proxy.silence();
    proxy.resume();
    expect(await kindOf(ask('select 1'))).toBe('unavailable');
    expect(await Promise.all(Array.from({ length: POOL_SIZE }, () => kindOf(ask('select 1'))))).toEqual(
      Array(POOL_SIZE).fill('answered'),
    );
  });

  test('checks connections that were idle for over five seconds, and replaces all that are dead', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    await fill(ask);
    expect(proxy.connections()).toBe(POOL_SIZE);
    proxy.silence();
    proxy.resume();
    vi.advanceTimersByTime(TIMEOUTS.idleBeforeCheck + 1);
    expect(await Promise.all(Array.from({ length: POOL_SIZE }, () => kindOf(ask('select 1'))))).toEqual(
      Array(POOL_SIZE).fill('answered'),
    );
  });
});

test.each(Object.entries(POOLS))(
  'the %s pool fails what runs when the database restarts, as unavailable',
  async (_, ask) => {
    const running = kindOf(ask('select pg_sleep(60)'));
    await expect.poll(() => proxy.connections()).toBe(1);
    proxy.cut();
    expect(await running).toBe('unavailable');
    proxy.resume();
    expect(await kindOf(ask('select 1'))).toBe('answered');
  },
);

test('a full pool is busy, and no outage', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let holding = 0;
  const holders = Array.from({ length: POOL_SIZE }, () =>
    acrossOrganisations(database, 'tests: hold', () => {
      holding += 1;
      return held;
    }),
  );
  await expect.poll(() => holding).toBe(POOL_SIZE);
  // Shorter than in production, so that the test doesn't wait for it.
  (database.knex.client as { pool: { acquireTimeoutMillis: number } }).pool.acquireTimeoutMillis = 50;
  expect(await kindOf(POOLS.services('select 1'))).toBe('busy');
  await database.servicesProbe.check();
  expect(database.servicesProbe.isReachable).toBe(true);
  release();
  await Promise.all(holders);
});

test('closing ends although the server says nothing', async () => {
  await fill(POOLS.services);
  await fill(POOLS.delivery);
  await database.servicesProbe.check();
  proxy.silence();
  await database.close();
  database = connect({ url: proxy.url });
});
