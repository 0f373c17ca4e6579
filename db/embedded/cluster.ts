import { chown, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { diskFull, EmbeddedDatabaseError, errorCode, saysDiskFull, writeFailure } from './errors.ts';
import { run, type SystemUser } from './run.ts';
import { nameFromInside } from './user.ts';

/** The superuser that `initdb` makes. It makes the roles, and nothing else ever signs in as it. */
export const BOOTSTRAP_USER = 'postgres';

const DRAFT = 'cluster.new-';
/** Tries again for some seconds while somebody still writes into the folder. */
const REMOVE = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 };

export interface ClusterInput {
  dataDir: string;
  binaries: Binaries;
  user: SystemUser | undefined;
  /** Holds the password of the superuser; undefined where nobody else gets to the socket. */
  passwordFile: string | undefined;
  /** false in tests */
  durable: boolean;
}

/** The folder PostgreSQL works in. */
export function clusterFolder(dataDir: string): string {
  return join(dataDir, 'cluster');
}

/**
 * Makes the cluster on the first start, and refuses one that these binaries can't read. It is made beside its place
 * and moved there when it is whole, so a killed first start leaves nothing that looks like a database. The caller
 * holds the folder's lock.
 *
 * @returns whether it was made just now
 * @throws EmbeddedDatabaseError other_version, not_reachable, not_writable, disk_full, failed_to_start
 */
export async function ensureCluster(input: ClusterInput): Promise<boolean> {
  const { dataDir, binaries } = input;
  for (const name of await readdir(dataDir)) {
    // Whoever was making it may have been killed without initdb, which then goes on writing for a moment.
    if (name.startsWith(DRAFT)) await rm(join(dataDir, name), REMOVE);
  }
  const version = await clusterVersion(dataDir);
  if (version === undefined) {
    await makeCluster(input);
    return true;
  }
  if (version === binaries.major) return false;
  throw new EmbeddedDatabaseError(
    'other_version',
    `The database in ${dataDir} was made by PostgreSQL ${version}; this Anvil brings PostgreSQL ${binaries.major}, ` +
      'which can’t read it. Nothing was changed. Start the Anvil that made it, or point ANVIL_DATA_DIR at another folder. ' +
      'A dump by the pg_dump of PostgreSQL ' +
      `${version} carries the data over.`,
  );
}

/** @returns the major version of the cluster that is there, undefined when there is none */
async function clusterVersion(dataDir: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(join(clusterFolder(dataDir), 'PG_VERSION'), 'utf8'), 10);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' && !(await readdir(dataDir)).includes('cluster')) return undefined;
    throw new EmbeddedDatabaseError(
      code === 'EACCES' || code === 'EPERM' ? 'not_reachable' : 'failed_to_start',
      code === 'ENOENT'
        ? `${clusterFolder(dataDir)} exists but holds no database. Move it away and start again, ` +
            'or restore it from a copy.'
        : `The database in ${dataDir} belongs to another user (${code}). ` +
            'Start Anvil as the user who made it, or as root.',
      { cause: error },
    );
  }
}

async function makeCluster(input: ClusterInput): Promise<void> {
  const { dataDir, binaries, user, passwordFile, durable } = input;
  const draft = await mkdtemp(join(dataDir, DRAFT)).catch((error: unknown) => {
    throw writeFailure(dataDir, error);
  });
  try {
    if (user) await chown(draft, user.uid, user.gid);
    const result = await run({
      command: join(binaries.folder, 'bin', 'initdb'),
      args: [
        ...['-D', await nameFromInside(user, draft), '-U', BOOTSTRAP_USER],
        // Who may connect is written anew at every start: transport.ts.
        ...[
          '--auth=trust',
          '--encoding=UTF8',
          '--locale=C',
          '--locale-provider=builtin',
          '--builtin-locale=C.UTF-8',
        ],
        ...(passwordFile === undefined ? [] : [`--pwfile=${passwordFile}`]),
        ...(durable ? [] : ['--no-sync']),
      ],
      cwd: draft,
      user,
    });
    if (result.code !== 0) throw initdbFailure(dataDir, result.output);
    await rename(draft, clusterFolder(dataDir));
    if (durable) await syncFolder(dataDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Turns what `initdb` said into a reason. */
export function initdbFailure(dataDir: string, output: string): EmbeddedDatabaseError {
  if (saysDiskFull(output)) return diskFull(dataDir);
  return new EmbeddedDatabaseError(
    'failed_to_start',
    `PostgreSQL could not make its database in ${dataDir}:\n${output.trim().split('\n').slice(-5).join('\n')}`,
  );
}

/** Makes the rename itself survive a power cut. Windows can't open folders and needs no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
