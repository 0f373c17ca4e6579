import { Logger, runMigrations as migrateJobs } from 'graphile-worker';
import knex, { type Knex } from 'knex';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionPool } from './connection-pool.ts';
import { APPLICATION_ROLE } from './connections.ts';
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
 * find nothing left. A migration that fails leaves nothing half-done and throws.
 *
 * @returns the names of the migrations that were run
 * @throws MissingRoleError
 */
export async function migrate(input: MigrateInput): Promise<string[]> {
  return withLock(input, async (db) => {
    await ensureApplicationRole(db);
    const [, names] = (await db.migrate.latest()) as [number, string[]];
    // The tables of the jobs, by their own migrations: inside our lock, since several of them at once fail (23505).
    await migrateJobTables(input.url);
    return names;
  });
}

/** In a pool of ours: graphile-worker doesn't wait for the end of its own, and an error of one that ends is thrown. */
async function migrateJobTables(url: string): Promise<void> {
  const pgPool = new ConnectionPool({
    ...{ url, max: 2, queryTimeoutMs: TIMEOUTS.longQuery },
    options: DIRECT_OPTIONS,
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
 * @throws RollbackError when one of them is of a newer release, before anything was taken back
 */
export async function rollback(input: MigrateInput & { steps: number }): Promise<string[]> {
  return withLock(input, async (db) => {
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
      const [, names] = (await db.migrate.down()) as [number, string[]];
      if (names.length === 0) break;
      undone.push(...names);
    }
    return undone;
  });
}

/** Which migrations the database has and which this release would add. Reads only. */
export async function migrationStatus(input: MigrateInput): Promise<{ done: string[]; pending: string[] }> {
  const db = open(input);
  try {
    const exists = await db.schema.hasTable('knex_migrations');
    const rows = exists ? await db('knex_migrations').select<{ name: string }[]>('name').orderBy('id') : [];
    const done = rows.map((row) => row.name);
    const all = (input.migrations ?? MIGRATIONS).map((migration) => migration.name);
    return { done, pending: all.filter((name) => !done.includes(name)) };
  } finally {
    await db.destroy();
  }
}

function open({ url, migrations = MIGRATIONS }: MigrateInput): Knex {
  return knex({
    client: PostgresClient as unknown as typeof knex.Client,
    connection: {
      ...CONNECTION_OPTIONS,
      connectionString: url,
      options: `${DIRECT_OPTIONS} -c client_connection_check_interval=1000`,
    },
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

/**
 * knex' own lock makes concurrent starters fail and stays after a crash. An advisory lock ends with its connection;
 * it is polled, since waiting for it inside the database deadlocks with CREATE INDEX CONCURRENTLY.
 */
async function withLock<T>(input: MigrateInput, work: (db: Knex) => Promise<T>): Promise<T> {
  // A holder whose connection breaks has lost the lock. The migration's own statements report the reason.
  const holder = createSession({ url: input.url, options: DIRECT_OPTIONS });
  const db = open(input);
  try {
    await holder.connect();
    const until = Date.now() + (input.lockWaitMs ?? 120_000);
    for (;;) {
      const { rows } = await holder.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
        ADVISORY_LOCK,
      ]);
      if (rows[0]?.locked) break;
      if (Date.now() > until)
        throw new Error('Another process has been migrating this database for too long');
      await sleep(100);
    }
    if (await db.schema.hasTable('knex_migrations_lock')) await db.migrate.forceFreeMigrationsLock();
    return await work(db);
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
