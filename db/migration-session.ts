import knex, { type Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  MigrationLockError,
  migrationSettings,
  retryOnLockTimeout,
  type LockRetryOptions,
} from './migration-locks.ts';
import { MIGRATIONS, type Migration } from './migrations/index.ts';
import { PostgresClient, SILENT_LOG } from './postgres-client.ts';
import { releaseId, type Release } from './release.ts';
import { closeSession, CONNECTION_OPTIONS, createSession } from './sessions.ts';
import { DIRECT_OPTIONS, TIMEOUTS } from './timeouts.ts';

/** Any number that nothing else in the database locks by. */
const ADVISORY_LOCK = 4_261_107_201;

const RELEASE_SETTING = 'anvil.release';

export interface MigrateInput {
  /** `postgres://…` of the owner role, past any pooler. */
  url: string;
  /** Tests run shorter lists. */
  migrations?: readonly Migration[];
  /** How long to wait for another process that is migrating. */
  lockWaitMs?: number;
  locks?: LockRetryOptions;
  /** The release that migrates. The database records it with each migration. */
  release?: Release;
}

/** A migration that the database has. */
export interface RunMigration {
  name: string;
  /** As {@link releaseId} writes it; undefined for migrations of releases that didn't record it. */
  release: string | undefined;
}

/** Returns the migrations of the database, the oldest first. */
export async function listRunMigrations(db: Knex): Promise<RunMigration[]> {
  if (!(await db.schema.hasTable('knex_migrations'))) return [];
  // By to_jsonb, because the column is missing until a release that records it has migrated.
  const { rows } = await db.raw<{ rows: { name: string; release: string | null }[] }>(
    `select name, to_jsonb(m) ->> 'release' as release from knex_migrations m order by id`,
  );
  return rows.map(({ name, release }) => ({ name, release: release ?? undefined }));
}

/**
 * Adds a column to knex's own table that takes the release from a setting of the connection. So the name is written in the
 * transaction of each migration, and an older release that doesn't know the column leaves it empty.
 */
export async function recordReleases(db: Knex): Promise<void> {
  await db.migrate.currentVersion(); // Creates the table.
  // Asks first: `add column if not exists` locks the table even if the column exists, and would wait for a backup.
  if (await db.schema.hasColumn('knex_migrations', 'release')) return;
  // Two statements: `add column … default` would write today's release into the rows that exist.
  await db.raw(`alter table knex_migrations add column if not exists release text;
    alter table knex_migrations alter column release set default nullif(current_setting('${RELEASE_SETTING}', true), '')`);
}

/** How a migration's own connections are opened, under a name by which they are found in pg_stat_activity. */
export function connectionOf({ url, locks, release }: MigrateInput) {
  const settings = migrationSettings(locks);
  return {
    ...CONNECTION_OPTIONS,
    connectionString: url,
    options: release ? `${settings} -c ${RELEASE_SETTING}=${releaseId(release)}` : settings,
    application_name: `anvil-migration-${randomUUID()}`,
  };
}

export function open(
  { migrations = MIGRATIONS }: MigrateInput,
  connection: ReturnType<typeof connectionOf>,
): Knex {
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

export interface Migrator {
  db: Knex;
  /** Repeats a step that can't get its locks. */
  retry: <T>(step: () => Promise<T>) => Promise<T>;
  connection: ReturnType<typeof connectionOf>;
}

/**
 * knex' own lock makes concurrent starters fail and stays after a crash. An advisory lock ends with its connection;
 * it is polled, since waiting for it inside the database deadlocks with CREATE INDEX CONCURRENTLY.
 */
export async function withMigrationLock<T>(
  input: MigrateInput,
  work: (migrator: Migrator) => Promise<T>,
): Promise<T> {
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
