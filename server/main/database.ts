import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { copyBeforeMigration } from '#db/archive/file.ts';
import { connect, type Database } from '#db/connections.ts';
import { EmbeddedDatabaseError } from '#db/embedded/errors.ts';
import { runningEmbeddedUrl } from '#db/embedded/running.ts';
import { startEmbedded, type EmbeddedDatabase } from '#db/embedded/start.ts';
import { migrate, migrationStatus } from '#db/migrate.ts';
import { inspectDatabase } from '#db/preflight.ts';
import type { ReachableListener } from '#db/probe.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import { JOB_CONNECTIONS } from '../jobs/jobs.ts';
import { StartError } from './start-error.ts';

/** Beside POOL_SIZE: four of the delivery pool, the listener, the probe and the jobs. */
const CONNECTIONS_BESIDE_POOL = 6 + JOB_CONNECTIONS;

/** Where the database is, and the embedded one where it was started for this: it has to be stopped. */
export interface DatabaseUrls {
  url: string;
  directUrl: string;
  embedded: EmbeddedDatabase | undefined;
}

/** @throws EmbeddedDatabaseError when the embedded database can't start, or runs already */
async function startDatabase(
  { database, dataDir }: Config,
  print: (line: string) => void,
): Promise<DatabaseUrls> {
  if (database.kind === 'url') return { ...database, embedded: undefined };
  const embedded = await startEmbedded({ dataDir: embeddedFolder(dataDir), log: print });
  return { url: embedded.url, directUrl: embedded.url, embedded };
}

/** As `startDatabase`, for a command: where Anvil runs beside it, its embedded database serves both. */
export async function findDatabase(config: Config, print: (line: string) => void): Promise<DatabaseUrls> {
  try {
    return await startDatabase(config, print);
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
  return migrate({ url });
}

/** Copies the embedded database into `copies` of the data folder, where the newest three are kept. */
export async function copyEmbedded(
  { database, dataDir }: Config,
  url: string,
  before: string,
  print: (line: string) => void,
): Promise<void> {
  if (database.kind !== 'embedded') return;
  const folder = resolve(dataDir, 'copies');
  const { version: release } = packageJson;
  const file = await copyBeforeMigration({ url, release, folder, before, now: new Date() });
  print(`Copied the database to ${file}`);
}

/**
 * Everything between a configuration and a database that can be asked: started, looked at, migrated, connected.
 *
 * @param onOutcomeUnknown called when the answer to a COMMIT was lost
 * @throws EmbeddedDatabaseError, MissingRoleError, StartError
 */
export async function openDatabase(
  config: Config,
  log: Logger,
  print: (line: string) => void,
  onOutcomeUnknown: () => void,
): Promise<Omit<DatabaseUrls, 'url'> & { database: Database }> {
  const { url, directUrl, embedded } = await startDatabase(config, print);
  try {
    await refuseUnsafe(config, directUrl);
    const names = await migrateSafely(config, directUrl, print);
    if (names.length > 0) log.info({ migrations: names }, 'migrated');
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
  const { poolSize } = config;
  const onError = (error: Error) => log.warn({ err: error }, 'a database connection was lost');
  const onReachableChange: ReachableListener = (error) =>
    error
      ? log.warn({ err: error }, 'the database is unreachable')
      : log.info('the database is reachable again');
  const database = connect({ url, directUrl, poolSize, onError, onReachableChange, onOutcomeUnknown });
  return { database, directUrl, embedded };
}

async function refuseUnsafe(config: Config, url: string): Promise<void> {
  const { unsafeRoles, connectionsAvailable } = await inspectDatabase(url);
  if (config.mode === 'production' && unsafeRoles.length > 0) {
    throw new StartError(
      `The database role ${unsafeRoles.join(', ')} is a superuser or passes row security, which keeps organisations ` +
        'apart. Use a plain role that owns the database: create role anvil login password …; alter database … owner to anvil.',
    );
  }
  const needed = config.poolSize + CONNECTIONS_BESIDE_POOL;
  if (needed > connectionsAvailable) {
    throw new StartError(
      `This server takes ${needed} database connections (POOL_SIZE ${config.poolSize} and ${CONNECTIONS_BESIDE_POOL} ` +
        `more), and the database gives ${connectionsAvailable}. Lower POOL_SIZE or raise max_connections.`,
    );
  }
}
