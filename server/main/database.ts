import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { copyBeforeMigration } from '#db/archive/file.ts';
import { connect, type Database } from '#db/connections.ts';
import { EmbeddedDatabaseError } from '#db/embedded/errors.ts';
import { runningEmbeddedUrl } from '#db/embedded/running.ts';
import { startEmbedded, type EmbeddedDatabase, type SupervisionEvents } from '#db/embedded/start.ts';
import { migrate, migrationStatus } from '#db/migrate.ts';
import { inspectDatabase } from '#db/preflight.ts';
import type { ReachableListener } from '#db/probe.ts';
import type { Config } from '../config.ts';
import { toAppError } from '../errors.ts';
import type { Lifecycle } from '../http/lifecycle.ts';
import { JOB_CONNECTIONS } from '../jobs/jobs.ts';
import { applicationUrlOf, assertApplicationRole } from './application-role.ts';
import { assertReachable, sentenceWhileWaiting } from './reachable.ts';
import { RELEASE } from './release.ts';
import { StartError } from './start-error.ts';
import { waitForDatabase } from './wait-for-database.ts';

/** Beside POOL_SIZE: four of the delivery pool, the listener, the probe and the jobs. */
const CONNECTIONS_BESIDE_POOL = 6 + JOB_CONNECTIONS;

/** Where the database is, and the embedded one where it was started for this: it has to be stopped. */
export interface DatabaseUrls {
  url: string;
  directUrl: string;
  applicationUrl?: string | undefined;
  embedded: EmbeddedDatabase | undefined;
}

/** @throws EmbeddedDatabaseError when the embedded database can't start, or runs already */
async function startDatabase(
  { database, dataDir }: Config,
  print: (line: string) => void,
  supervision?: SupervisionEvents,
): Promise<DatabaseUrls> {
  if (database.kind === 'url') return { ...database, embedded: undefined };
  const embedded = await startEmbedded({
    dataDir: embeddedFolder(dataDir),
    log: print,
    ...(supervision ? { supervision } : {}),
  });
  return { url: embedded.url, directUrl: embedded.url, embedded };
}

/**
 * As `startDatabase`, for a command: where Anvil runs beside it, its embedded database serves both.
 *
 * @throws StartError when the database of DATABASE_URL can't be reached
 */
export async function findDatabase(config: Config, print: (line: string) => void): Promise<DatabaseUrls> {
  try {
    const urls = await startDatabase(config, print);
    if (!urls.embedded) await assertReachable(config);
    return urls;
  } catch (error) {
    if (!(error instanceof EmbeddedDatabaseError) || error.reason !== 'already_running') throw error;
    const url = await runningEmbeddedUrl(embeddedFolder(config.dataDir));
    if (!url) throw error;
    return { url, directUrl: url, embedded: undefined };
  }
}

function embeddedFolder(dataDir: string): string {
  return resolve(dataDir, 'database');
}

/**
 * Brings the schema up to this release. On the embedded database, which nobody else backs up, a copy of what is there
 * is made first.
 *
 * @returns the names of the migrations that were run
 */
export async function migrateSafely(
  config: Config,
  url: string,
  print: (line: string) => void,
): Promise<string[]> {
  const { done, pending } = await migrationStatus({ url });
  if (done.length > 0 && pending[0]) await copyEmbedded(config, url, pending[0], print);
  return migrate({ url, release: RELEASE });
}

/** As {@link copyDatabase}, for the embedded database only, which nobody else backs up. */
export async function copyEmbedded(
  config: Config,
  url: string,
  before: string,
  print: (line: string) => void,
): Promise<void> {
  if (config.database.kind === 'embedded') await copyDatabase(config, url, before, print);
}

/** Copies the database into `copies` of the data folder, where the newest three are kept. */
export async function copyDatabase(
  { dataDir }: Config,
  url: string,
  before: string,
  print: (line: string) => void,
): Promise<void> {
  const folder = resolve(dataDir, 'copies');
  const file = await copyBeforeMigration({ url, release: RELEASE, folder, before, now: new Date() });
  print(`Copied the database to ${file}`);
}

export interface OpenDatabaseInput {
  log: Logger;
  print: (line: string) => void;
  /** Told what the start waits for. */
  lifecycle: Lifecycle;
  /** Called when the answer to a COMMIT was lost. */
  onOutcomeUnknown: () => void;
}

export interface OpenedDatabase {
  database: Database;
  directUrl: string;
  embedded: EmbeddedDatabase | undefined;
}

/**
 * Starts the database or waits until it answers, then inspects, migrates and connects it.
 *
 * @throws EmbeddedDatabaseError, MissingRoleError, MigrationLockError, StartError
 */
export async function openDatabase(config: Config, input: OpenDatabaseInput): Promise<OpenedDatabase> {
  const { log, print, lifecycle, onOutcomeUnknown } = input;
  const { url, directUrl, applicationUrl, embedded } = await startDatabase(
    config,
    print,
    supervisionLog(log),
  );
  try {
    await waitForDatabase({
      attempt: () => prepare(config, directUrl, log, print),
      describe: (error) => waitingSentence(config, error),
      report: (sentence) => {
        lifecycle.waitingFor = embedded?.isDiskFull()
          ? 'Anvil waits until the disk of its database has space.'
          : 'Anvil waits for its database.';
        log.warn(sentence);
      },
    });
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
  lifecycle.waitingFor = undefined;
  const { poolSize } = config;
  const onError = (error: Error) => log.warn({ err: error }, 'a database connection was lost');
  const onReachableChange: ReachableListener = (error) =>
    error
      ? log.warn({ err: error }, 'the database is unreachable')
      : log.info('the database is reachable again');
  const database = connect({
    ...{ url, directUrl, applicationUrl, poolSize, onError, onReachableChange, onOutcomeUnknown },
    isDiskFull: () => embedded?.isDiskFull() ?? false,
  });
  return { database, directUrl, embedded };
}

async function prepare(
  config: Config,
  directUrl: string,
  log: Logger,
  print: (line: string) => void,
): Promise<void> {
  if (config.database.kind === 'url') await assertReachable(config);
  await refuseUnsafe(config, directUrl);
  const names = await migrateSafely(config, directUrl, print);
  if (names.length > 0) log.info({ migrations: names }, 'migrated');
  await assertApplicationRole(config, directUrl);
  const { unknown } = await migrationStatus({ url: directUrl });
  if (unknown.length > 0)
    log.warn(
      { migrations: unknown },
      'another release migrated this database; this release still works with it',
    );
}

/** @returns undefined for an error that waiting doesn't cure */
function waitingSentence({ database }: Config, error: unknown): string | undefined {
  const unreachable = sentenceWhileWaiting(error);
  if (unreachable !== undefined) return unreachable;
  if (toAppError(error).code !== 'SERVICE_UNAVAILABLE') return undefined;
  const what = error instanceof Error ? error.message : String(error);
  return `The ${database.kind === 'url' ? 'database' : 'embedded database'} was lost during the start (${what}). Anvil tries again.`;
}

function supervisionLog(log: Logger): SupervisionEvents {
  return {
    onStop: ({ reason, message }, retryInMs) =>
      log.error({ reason, retryInSeconds: retryInMs / 1_000 }, `${message} Anvil starts it again.`),
    onRecovery: () => log.info('the embedded database runs again'),
    onDisk: (full) =>
      full
        ? log.error(
            { reason: 'disk_full' },
            'The disk of the embedded database is full. Free about 200 MB on it.',
          )
        : log.info('the disk of the embedded database has space again'),
  };
}

async function refuseUnsafe(config: Config, url: string): Promise<void> {
  const { unsafeRoles, connectionsAvailable } = await inspectDatabase(url);
  const hasApplicationLogin = applicationUrlOf(config) !== undefined;
  // A separate login can't become the owner, so the owner's rights don't reach what it does.
  if (config.mode === 'production' && unsafeRoles.length > 0 && !hasApplicationLogin) {
    throw new StartError(
      `The database role ${unsafeRoles.join(', ')} is a superuser or passes row security, which keeps organisations ` +
        'apart. Use a plain role that owns the database: create role anvil login password …; alter database … owner to anvil.',
    );
  }
  const needed = config.poolSize * (hasApplicationLogin ? 2 : 1) + CONNECTIONS_BESIDE_POOL;
  if (needed > connectionsAvailable) {
    throw new StartError(
      `This server takes ${needed} database connections (POOL_SIZE ${config.poolSize} and ${needed - config.poolSize} ` +
        `more), and the database gives ${connectionsAvailable}. Lower POOL_SIZE or raise max_connections.`,
    );
  }
}
