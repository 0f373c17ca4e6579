import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { NO_PGBOUNCER, startPgBouncer, type Pooler } from '#tests/support/pgbouncer.ts';
import { plantOrganisation } from '#tests/support/planted-rows.ts';
import { connect, type Database } from './connections.ts';
import { acrossOrganisations, currentTransaction, inOrganisation, readingTogether } from './tenancy.ts';
import { IMPORT_LIMITS, INTERACTIVE_LIMITS, TIMEOUTS } from './timeouts.ts';

test('every limit of the server ends before the limit of the client that covers it', () => {
  for (const limits of [INTERACTIVE_LIMITS, IMPORT_LIMITS]) {
    expect(limits.lock_timeout).toBeLessThan(limits.statement_timeout);
    expect(limits.statement_timeout).toBeLessThan(TIMEOUTS.queryDeadline);
    // The locks of a dead server are free within 30 s: its last statement ends, and then its idle transaction.
    expect(limits.statement_timeout + limits.idle_in_transaction_session_timeout).toBeLessThan(30_000);
  }
  // knex returns the connection to the pool after 5 s, whether its ROLLBACK was answered or not.
  expect(TIMEOUTS.rollbackDeadline).toBeLessThan(5_000);
  expect(TIMEOUTS.connect).toBeLessThan(TIMEOUTS.acquire);
});

interface Way {
  name: string;
  /** @returns the URL of the services' pool */
  open: (database: TestDatabase) => Promise<{ url: string; stop: () => Promise<void> }>;
}

const DIRECT: Way = {
  name: 'on a direct connection',
  open: ({ url }) => Promise.resolve({ url, stop: () => Promise.resolve() }),
};
const POOLED: Way = {
  name: 'behind a pooler in transaction mode',
  // It refuses startup options, so nothing sends any.
  open: async ({ url }) => {
    const pooler: Pooler = await startPgBouncer(url, 1);
    return { url: pooler.url, stop: () => pooler.stop() };
  },
};

describe.each(NO_PGBOUNCER === undefined ? [DIRECT, POOLED] : [DIRECT])(
  'an interactive transaction $name',
  ({ open }) => {
    let testDatabase: TestDatabase;
    let way: Awaited<ReturnType<Way['open']>>;
    let database: Database;
    let organisationId: string;

    beforeAll(async () => {
      testDatabase = await createTestDatabase();
      way = await open(testDatabase);
      database = connect({ url: way.url, directUrl: testDatabase.url, poolSize: 1 });
      ({ organisationId } = await plantOrganisation(database));
    });
    afterAll(async () => {
      await database.close();
      await way.stop();
      await testDatabase.drop();
    });

    const NAMES = Object.keys(INTERACTIVE_LIMITS);
    const SELECT = `select ${NAMES.map((name) => `current_setting('${name}') as ${name}`).join(', ')}`;
    const limitsHere = async () => (await currentTransaction().raw<{ rows: object[] }>(SELECT)).rows[0];
    const limited = {
      lock_timeout: '5s',
      statement_timeout: '15s',
      idle_in_transaction_session_timeout: '10s',
    };

    test('limits its locks, its statements and its idle time', async () => {
      const transactions = {
        tenant: () => inOrganisation(database, organisationId, limitsHere),
        owner: () => acrossOrganisations(database, 'tests: limits', limitsHere),
        page: () => readingTogether(database, () => inOrganisation(database, organisationId, limitsHere)),
      };
      for (const [name, limits] of Object.entries(transactions))
        expect([name, await limits()]).toEqual([name, limited]);
    });

    test('leaves no limit behind on the connection', async () => {
      await inOrganisation(database, organisationId, limitsHere);
      const client = new pg.Client({ connectionString: way.url });
      await client.connect();
      const { rows } = await client.query(SELECT);
      await client.end();
      expect(rows).toEqual([Object.fromEntries(NAMES.map((name) => [name, '0']))]);
    });

    test('may have limits of its own, as an import has', async () => {
      const limits = await inOrganisation(database, organisationId, limitsHere, IMPORT_LIMITS);
      expect(limits).toEqual({ ...limited, lock_timeout: '14s' });
    });
  },
);

test('a direct connection tells PostgreSQL how to notice that its client is gone', async () => {
  const testDatabase = await createTestDatabase();
  const database = connect({ url: testDatabase.url });
  const show = `select current_setting('client_connection_check_interval') as interval`;
  const services = await acrossOrganisations(database, 'tests: options', () =>
    currentTransaction().raw<{ rows: object[] }>(show),
  );
  const delivery = await database.delivery.query<object>(show);
  expect([services.rows, delivery.rows]).toEqual([[{ interval: '5s' }], [{ interval: '5s' }]]);
  await database.close();
  await testDatabase.drop();
});
