import { Logger, runMigrations as migrateJobs } from 'graphile-worker';
import type { Knex } from 'knex';
import { ConnectionPool } from './connection-pool.ts';
import { APPLICATION_ROLE } from './connections.ts';
import { MIGRATIONS } from './migrations/index.ts';
import {
  connectionOf,
  listRunMigrations,
  open,
  recordReleases,
  withMigrationLock,
  type MigrateInput,
  type RunMigration,
} from './migration-session.ts';
import { TIMEOUTS } from './timeouts.ts';

const SILENT = new Logger(() => () => undefined);

/** The application's role is missing and this role may not make it. The message holds the SQL to run. */
export class MissingRoleError extends Error {
  override name = 'MissingRoleError';
}

/**
 * Brings the schema up to this release. Several starters may call it at once: one migrates, the others wait and
 * find nothing left. A migration that fails leaves nothing half-done and throws. A migration that can't lock a table
 * gives up after seconds and is repeated, so that it never stops an Anvil that is running.
 *
 * @returns the names of the migrations that were run
 * @throws MissingRoleError, MigrationLockError
 */
export async function migrate(input: MigrateInput): Promise<string[]> {
  return withMigrationLock(input, async ({ db, retry, connection }) => {
    await ensureApplicationRole(db);
    await retry(() => recordReleases(db));
    const [, names] = await retry(() => db.migrate.latest() as Promise<[number, string[]]>);
    // The tables of the jobs, by their own migrations: inside our lock, since several of them at once fail (23505).
    await retry(() => migrateJobTables(connection));
    return names;
  });
}

/** Uses our own pool: graphile-worker doesn't wait until its pool has ended, and an error of an ending pool is thrown. */
async function migrateJobTables(connection: ReturnType<typeof connectionOf>): Promise<void> {
  const pgPool = new ConnectionPool({
    ...{ url: connection.connectionString, max: 2, queryTimeoutMs: TIMEOUTS.longQuery },
    // A space separates two arguments of the server unless it is escaped.
    options: `${connection.options} -c application_name=${connection.application_name.replaceAll(' ', '\\ ')}`,
  });
  pgPool.on('error', () => undefined);
  try {
    await migrateJobs({ pgPool, logger: SILENT });
  } finally {
    await pgPool.end();
  }
}

export interface MigrationStatus {
  done: string[];
  /** Migrations that this release would run. */
  pending: string[];
  /** Migrations that another release ran and this one doesn't know. */
  unknown: RunMigration[];
}

/** Compares the migrations of the database with those of this release. Reads only. */
export async function migrationStatus(input: MigrateInput): Promise<MigrationStatus> {
  const db = open(input, connectionOf(input));
  try {
    const run = await listRunMigrations(db);
    const names = run.map(({ name }) => name);
    const known = (input.migrations ?? MIGRATIONS).map((migration) => migration.name);
    return {
      done: names.filter((name) => known.includes(name)),
      pending: known.filter((name) => !names.includes(name)),
      unknown: run.filter(({ name }) => !known.includes(name)),
    };
  } finally {
    await db.destroy();
  }
}

async function ensureApplicationRole(db: Knex): Promise<void> {
  // A role that signs in by itself (DATABASE_APPLICATION_URL) needs no member.
  const { rows } = await db.raw<{ rows: { usable: boolean | null; me: string }[] }>(
    `select current_user as me,
            (select rolcanlogin or pg_has_role(current_user, oid, 'member') from pg_roles where rolname = ?) as usable`,
    [APPLICATION_ROLE],
  );
  const row = rows[0];
  if (row?.usable) return;
  const me = `"${row?.me.replaceAll('"', '""')}"`;
  const statements = [
    ...(row?.usable === null ? [`create role ${APPLICATION_ROLE} nologin`] : []),
    `grant ${APPLICATION_ROLE} to ${me}`,
  ];
  try {
    for (const statement of statements) await db.raw(statement);
  } catch (cause) {
    throw new MissingRoleError(
      `The database needs a role that Anvil's queries run as. Run these lines as a superuser, then start again:\n${statements.map((line) => `  ${line};`).join('\n')}\n` +
        `Where no superuser is available, create a login ${APPLICATION_ROLE} with the provider's tools and set DATABASE_APPLICATION_URL.`,
      { cause },
    );
  }
}
