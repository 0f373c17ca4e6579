import { Logger, runMigrations as migrateJobs } from 'graphile-worker';
import knex, { type Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionPool } from './connection-pool.ts';
import { APPLICATION_ROLE } from './connections.ts';
import {
  MigrationLockError,
  migrationSettings,
  retryOnLockTimeout,
  type LockRetryOptions,
} from './migration-locks.ts';
import { MIGRATIONS, type Migration } from './migrations/index.ts';
import { PostgresClient, SILENT_LOG } from './postgres-client.ts';
import { closeSession, CONNECTION_OPTIONS, createSession } from './sessions.ts';
import { DIRECT_OPTIONS, TIMEOUTS } from './timeouts.ts';

/** Any number that nothing else in the database locks by. */
const ADVISORY_LOCK = 4_261_107_201;

const SILENT = new Logger(() => () => undefined);

export interface MigrateInput {
  /** `postgres://…` of the owner role, past any pooler. */
  url: string;
  /** Tests run shorter lists. */
  migrations?: readonly Migration[];
  /** How long to wait for another process that is migrating. */
  lockWaitMs?: number;
  locks?: LockRetryOptions;
}

/** The application's role is missing and this role may not make it. The message holds the SQL to run. */
export class MissingRoleError extends Error {
  override name = 'MissingRoleError';
}

/** There is nothing to take back, or this release doesn't know how. The message says what to do. */
export class RollbackError extends Error {
  override name = 'RollbackError';
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
  return withLock(input, async ({ db, retry, connection }) => {
    await ensureApplicationRole(db);
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

/**
 * Takes back the newest `steps` migrations, the newest first; each in a transaction of its own.
 *
 * @returns their names
 * @throws RollbackError when one of them is of a newer release, before anything was taken back; MigrationLockError
 */
export async function rollback(input: MigrateInput & { steps: number }): Promise<string[]> {
  return withLock(input, async ({ db, retry }) => {
    const exists = await db.schema.hasTable('knex_migrations');
    const newest = exists
      ? await db('knex_migrations').orderBy('id', 'desc').limit(input.steps).pluck<string[]>('name')
      : [];
    const known = (input.migrations ?? MIGRATIONS).map((migration) => migration.name);
    const foreign = newest.filter((name) => !known.includes(name));
    if (foreign.length > 0)
      throw new RollbackError(
        `This release can't take back ${foreign.join(', ')}: a newer one made it. Run rollback with that release.`,
      );
    const undone: string[] = [];
    for (let step = 0; step < input.steps; step++) {
      const [, names] = await retry(() => db.migrate.down() as Promise<[number, string[]]>);
      if (names.length === 0) break;
      undone.push(...names);
    }
    return undone;
  });
}

export interface MigrationStatus {
  done: string[];
  /** Migrations that this release would run. */
  pending: string[];
  /** Migrations that a newer release ran and this one doesn't know. */
  unknown: string[];
}

/** Compares the migrations of the database with those of this release. Reads only. */
export async function migrationStatus(input: MigrateInput): Promise<MigrationStatus> {
  const db = open(input, connectionOf(input));
  try {
    const exists = await db.schema.hasTable('knex_migrations');
    const rows = exists ? await db('knex_migrations').select<{ name: string }[]>('name').orderBy('id') : [];
    const run = rows.map((row) => row.name);
    const known = (input.migrations ?? MIGRATIONS).map((migration) => migration.name);
    return {
      done: run.filter((name) => known.includes(name)),
      pending: known.filter((name) => !run.includes(name)),
      unknown: run.filter((name) => !known.includes(name)),
    };
  } finally {
    await db.destroy();
  }
}

/** How a migration's own connections are opened, under a name by which they are found in pg_stat_activity. */
function connectionOf({ url, locks }: MigrateInput) {
  return {
    ...CONNECTION_OPTIONS,
    connectionString: url,
    options: migrationSettings(locks),
    application_name: `anvil-migration-${randomUUID()}`,
  };
}

function open({ migrations = MIGRATIONS }: MigrateInput, connection: ReturnType<typeof connectionOf>): Knex {
  return knex({
    client: PostgresClient as unknown as typeof knex.Client,
    connection,
    pool: { min: 0, max: 2 },
    queryDeadlineMs: TIMEOUTS.longQuery,
    log: SILENT_LOG,
    migrations: {
      // An older release must start on a newer schema: a rolling deployment and a roll back have both.
      disableMigrationsListValidation: true,
      migrationSource: {
        getMigrations: () => Promise.resolve([...migrations]),
        getMigrationName: (migration: Migration) => migration.name,
        getMigration: (migration: Migration) => Promise.resolve(migration),
      },
    },
  } as Knex.Config);
}

interface Migrator {
  db: Knex;
  /** Repeats a step that can't get its locks. */
  retry: <T>(step: () => Promise<T>) => Promise<T>;
  connection: ReturnType<typeof connectionOf>;
}

/**
 * knex' own lock makes concurrent starters fail and stays after a crash. An advisory lock ends with its connection;
 * it is polled, since waiting for it inside the database deadlocks with CREATE INDEX CONCURRENTLY.
 */
async function withLock<T>(input: MigrateInput, work: (migrator: Migrator) => Promise<T>): Promise<T> {
  // A holder whose connection breaks has lost the lock. The migration's own statements report the reason.
  const holder = createSession({ url: input.url, options: DIRECT_OPTIONS });
  const connection = connectionOf(input);
  const db = open(input, connection);
  const retry: Migrator['retry'] = (step) =>
    retryOnLockTimeout(holder, connection.application_name, step, input.locks);
  try {
    await holder.connect();
    const until = Date.now() + (input.lockWaitMs ?? 120_000);
    for (;;) {
      const { rows } = await holder.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
        ADVISORY_LOCK,
      ]);
      if (rows[0]?.locked) break;
      if (Date.now() > until)
        throw new MigrationLockError(
          'Another process has been migrating this database for too long. Wait until it ends, then start again.',
        );
      await sleep(100);
    }
    if (await db.schema.hasTable('knex_migrations_lock')) await db.migrate.forceFreeMigrationsLock();
    return await work({ db, retry, connection });
  } finally {
    await db.destroy();
    await closeSession(holder);
  }
}

async function ensureApplicationRole(db: Knex): Promise<void> {
  const { rows } = await db.raw<{ rows: { member: boolean | null; me: string }[] }>(
    `select current_user as me,
            (select pg_has_role(current_user, oid, 'member') from pg_roles where rolname = ?) as member`,
    [APPLICATION_ROLE],
  );
  const row = rows[0];
  if (row?.member) return;
  const me = `"${row?.me.replaceAll('"', '""')}"`;
  const statements = [
    ...(row?.member === null ? [`create role ${APPLICATION_ROLE} nologin`] : []),
    `grant ${APPLICATION_ROLE} to ${me}`,
  ];
  try {
    for (const statement of statements) await db.raw(statement);
  } catch (cause) {
    throw new MissingRoleError(
      `The database needs a role that Anvil's queries run as. Run these lines as a superuser, then start again:\n${statements.map((line) => `  ${line};`).join('\n')}`,
      { cause },
    );
  }
}
