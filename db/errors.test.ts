import pg from 'pg';
import { parse } from 'pg-connection-string';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { plantOrganisation, type Planted } from '#tests/support/planted-rows.ts';
import { connect, type Database } from './connections.ts';
import { FAILURES, failureKind, violatedConstraint, type FailureKind } from './errors.ts';
import { Project } from './models/index.ts';
import { acrossOrganisations, currentTransaction, inOrganisation } from './tenancy.ts';

let testDatabase: TestDatabase;
let database: Database;
let planted: Planted;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  planted = await plantOrganisation(database);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** The error of a statement of the services' pool. */
function failureOf(...statements: string[]): Promise<unknown> {
  const work = acrossOrganisations(database, 'tests: fail', async () => {
    for (const statement of statements) await currentTransaction().raw(statement);
  });
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const raise = (sqlState: string) => `do $$ begin raise exception using errcode = '${sqlState}'; end $$`;

const KINDS: [FailureKind, string[]][] = [
  [
    'unavailable',
    ['57P01', '57P02', '57P03', '57P04', '57P05', '08000', '08001', '08003', '08004', '08006', '08P01'],
  ],
  ['unavailable', ['28000', '28P01', '3D000', '58000', '58030']],
  ['out_of_connections', ['53300']],
  ['read_only', ['25006']],
  ['disk_full', ['53100']],
  ['out_of_memory', ['53200']],
  ['lock_timeout', ['55P03']],
  ['statement_timeout', ['57014']],
  ['transaction_timeout', ['25P03', '25P04']],
  ['conflict', ['40001', '40P01']],
];

describe('the kind of a failure', () => {
  test.each(KINDS)('is %s for the SQLSTATEs %j', async (kind, sqlStates) => {
    for (const sqlState of sqlStates)
      expect([sqlState, failureKind(await failureOf(raise(sqlState)))]).toEqual([sqlState, kind]);
  });

  test('is none for a bug, a violated constraint and an error of another system', async () => {
    expect(failureKind(await failureOf('select 1 / 0'))).toBeUndefined();
    expect(failureKind(await failureOf('select nothing from nowhere'))).toBeUndefined();
    expect(failureKind(await failureOf(raise('23505')))).toBeUndefined();
    const mailServer = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    expect(failureKind(mailServer)).toBeUndefined();
    expect(failureKind('Connection terminated')).toBeUndefined();
  });

  test('has a reason of its own, a sentence, and a time to retry unless a retry could do the work twice', () => {
    const all = Object.entries(FAILURES);
    expect(new Set(all.map(([, { reason }]) => reason)).size).toBe(all.length);
    for (const [kind, { message, retryAfterSeconds }] of all) {
      expect(message).toMatch(/\.$/);
      expect([kind, retryAfterSeconds === undefined]).toEqual([kind, kind === 'outcome_unknown']);
    }
  });
});

describe('a real failure', () => {
  test('of a lock that another transaction holds is a lock timeout', async () => {
    const holder = new pg.Client({ connectionString: testDatabase.url });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select from projects for update');
    const error = await failureOf("set local lock_timeout = '20ms'", 'select from projects for update');
    expect(failureKind(error)).toBe('lock_timeout');
    await holder.end();
  });

  test('of a statement that takes too long is a statement timeout', async () => {
    const error = await failureOf("set local statement_timeout = '20ms'", 'select pg_sleep(60)');
    expect(failureKind(error)).toBe('statement_timeout');
  });

  test('of a transaction that idles for too long is a transaction timeout or a lost connection', async () => {
    const work = acrossOrganisations(database, 'tests: idle', async () => {
      await currentTransaction().raw("set local idle_in_transaction_session_timeout = '20ms'");
      // The transaction ends while nothing is asked of it, and its connection with it.
      await lostConnection();
      await currentTransaction().raw('select 1');
    });
    const error: unknown = await work.catch((thrown: unknown) => thrown);
    expect(['transaction_timeout', 'unavailable']).toContain(failureKind(error));
  });

  test('of two transactions that wait for each other is a conflict for one of them', async () => {
    await acrossOrganisations(database, 'tests: rows', () =>
      currentTransaction().raw('create table pair as select generate_series(1, 2) as id'),
    );
    const bothLocked = barrier(2);
    const lockBoth = (first: number, second: number) =>
      acrossOrganisations(database, 'tests: deadlock', async () => {
        await currentTransaction().raw('select from pair where id = ? for update', [first]);
        await bothLocked();
        await currentTransaction().raw('select from pair where id = ? for update', [second]);
      });
    const results = await Promise.allSettled([lockBoth(1, 2), lockBoth(2, 1)]);
    const kinds = results.flatMap((result) =>
      result.status === 'rejected' ? [failureKind(result.reason)] : [],
    );
    expect(kinds).toEqual(['conflict']);
  });

  test('of a connection that the server ended, in the middle of a transaction, is unavailable', async () => {
    const error = await failureOf('select pg_terminate_backend(pg_backend_pid())');
    expect(failureKind(error)).toBe('unavailable');
  });

  test('of a write on a read-only server is read-only', async () => {
    const error = await failureOf('set transaction read only', 'create table x (id int)');
    expect(failureKind(error)).toBe('read_only');
  });

  test('of a server without a free connection is out of connections', async () => {
    const full = await createTestDatabase();
    const holder = new pg.Client({ connectionString: full.url });
    await holder.connect();
    await holder.query(`alter database ${parse(full.url).database} connection limit 1`);
    const late = connect({ url: full.url });
    const work = acrossOrganisations(late, 'tests: late', () => currentTransaction().raw('select 1'));
    expect(failureKind(await work.catch((thrown: unknown) => thrown))).toBe('out_of_connections');
    await late.close();
    await holder.end();
    await full.drop();
  });
});

test('a violated constraint is named, inside an error of Objection too', async () => {
  const { organisationId } = planted;
  const insert = (id: string) =>
    Project.query().insert({ organisationId, id, slug: 'twice', name: 'Twice' }).execute();
  const work = inOrganisation(database, organisationId, async () => {
    await insert('00000000-0000-7000-8000-000000000001');
    await insert('00000000-0000-7000-8000-000000000002');
  });
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  expect(violatedConstraint(error)).toBe('projects_slug_key');
  expect(violatedConstraint(await failureOf('select 1 / 0'))).toBeUndefined();
});

/** Resolves when the connection of the running transaction has ended. */
async function lostConnection(): Promise<void> {
  const { rows } = await currentTransaction().raw<{ rows: [{ pid: number }] }>(
    'select pg_backend_pid() as pid',
  );
  const { pid } = rows[0];
  const observer = new pg.Client({ connectionString: testDatabase.adminUrl });
  await observer.connect();
  try {
    await expect
      .poll(async () => (await observer.query('select from pg_stat_activity where pid = $1', [pid])).rowCount)
      .toBe(0);
  } finally {
    await observer.end();
  }
}

/** @returns a function that resolves when it was called `count` times */
function barrier(count: number): () => Promise<void> {
  let release: () => void;
  const open = new Promise<void>((resolve) => (release = resolve));
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived === count) release();
    return open;
  };
}
