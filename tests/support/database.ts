import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { asAdmin, OWNER_ROLE } from '#db/embedded/roles.ts';
import { withDatabase } from './test-server.ts';

export interface TestDatabase {
  /** What DATABASE_URL would say: `postgres://…` of the owner role. */
  url: string;
  /** The same address, under the name that says the test means to pass row security. */
  ownerUrl: string;
  /** `postgres://…` of a superuser in this database, for what even the owner may not (settings, other sessions). */
  adminUrl: string;
  /** Throws its clients out and removes it. */
  drop(): Promise<void>;
}

/** Makes a migrated, empty database that nobody else uses, as a copy of the run's template. One per test file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { adminUrl, ownerUrl, template } = inject('testServer');
  const name = `anvil_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, (admin) =>
    admin.query(`create database ${name} template ${template} owner ${OWNER_ROLE}`),
  );
  const url = withDatabase(ownerUrl, name);
  return {
    url,
    ownerUrl: url,
    adminUrl: withDatabase(adminUrl, name),
    drop: async () => {
      await asAdmin(adminUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** Runs one statement on a connection of its own and returns the rows. */
export async function queryOnce<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
