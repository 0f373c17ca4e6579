import { constants, existsSync } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { prepareBinaries } from './binaries.ts';
import { BOOTSTRAP_USER, clusterFolder, ensureCluster } from './cluster.ts';
import { watchDisk } from './disk.ts';
import { EmbeddedDatabaseError, errorCode, writeFailure } from './errors.ts';
import { explainStop } from './explain.ts';
import { lockFolder } from './lock.ts';
import { stopOrphans } from './orphans.ts';
import { DATABASE, ensureDatabase, ensureRoles, OWNER_ROLE } from './roles.ts';
import { startServer, type Server } from './server.ts';
import { supervise, type Stop } from './supervisor.ts';
import { socketTransport, tcpTransport, type Transport } from './transport.ts';
import { databaseUser } from './user.ts';

export interface StartEmbeddedInput {
  /** The database's own folder; made if missing, and found again by every later start. */
  dataDir: string;
  /** Told in one sentence what takes noticeable time. */
  log?: (message: string) => void;
  /** More settings of postgresql.conf. Tests pass `{ fsync: 'off' }`. */
  settings?: Record<string, string>;
  /** Windows has only `tcp` (loopback, with a password); elsewhere `socket` is the default. */
  listen?: 'socket' | 'tcp';
  /** Restarts the server whenever it stops by itself. Without it, the database is gone then. */
  supervision?: SupervisionEvents;
}

/** Events of a restarted database that the operator must know of. */
export interface SupervisionEvents {
  /** Called once when the server stops by itself, and once for each failed attempt to start it again. */
  onStop: (stop: Stop, retryInMs: number) => void;
  onRecovery: () => void;
  /** The disk of a running database became full, or has space again. */
  onDisk: (full: boolean) => void;
}

export interface EmbeddedDatabase {
  /** `postgres://…` of the owner role: what DATABASE_URL would say. It stays the same when the server is restarted. */
  url: string;
  /** `postgres://…` of the superuser. For tests that make databases of their own; the product never uses it. */
  adminUrl: string;
  /** Of the postmaster that runs, or ran last. */
  readonly pid: number;
  /** Whether the disk of the folder is full, which may have stopped the server. */
  isDiskFull(): boolean;
  /** Resolves when the server is gone and won't be restarted. */
  exited: Promise<void>;
  /** Disconnects all clients, stops the server and gives the folder free. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that npm brought on a folder, making the cluster, the two roles and the database on the first
 * start. It stops with this process, even when that is killed.
 *
 * @throws EmbeddedDatabaseError for each case in which it can't
 */
export async function startEmbedded(input: StartEmbeddedInput): Promise<EmbeddedDatabase> {
  const { log = () => undefined, settings = {} } = input;
  const dataDir = resolve(input.dataDir);
  await makeFolder(dataDir).catch((error: unknown) => {
    throw writeFailure(dataDir, error);
  });
  const lock = await lockFolder(dataDir);
  let transport: Transport | undefined;
  let server: Server | undefined;
  const giveFree = async () => {
    await transport?.close();
    await lock.release();
  };
  try {
    const cluster = clusterFolder(dataDir);
    const user = await databaseUser(cluster);
    const binaries = await prepareBinaries(dataDir, user);
    await stopOrphans(cluster);
    const tcp = (input.listen ?? (process.platform === 'win32' ? 'tcp' : 'socket')) === 'tcp';
    const opened = await (tcp ? tcpTransport(dataDir, user) : socketTransport(dataDir, user));
    transport = opened;
    const { passwordFile, password } = opened;
    const created = await ensureCluster({
      ...{ dataDir, binaries, user, passwordFile },
      durable: settings.fsync !== 'off',
    });
    if (created) log(`Made a new PostgreSQL ${binaries.version} database in ${dataDir}`);
    await writeFile(join(cluster, 'pg_hba.conf'), opened.hostAuthentication);
    const launch = async () => {
      await stopOrphans(cluster);
      await opened.clear();
      return startServer({
        ...{ dataDir, cluster, user, programs: join(binaries.folder, 'bin') },
        settings: {
          ...opened.settings,
          // initdb copies the host's time zone. Checkpoints would fill the log, which isn't rotated.
          ...{ timezone: 'UTC', log_timezone: 'UTC', log_checkpoints: 'off' },
          ...settings,
        },
      });
    };
    server = await launch();
    const adminUrl = opened.url(BOOTSTRAP_USER, 'postgres');
    await ensureRoles(adminUrl, password);
    await ensureDatabase(adminUrl);
    const urls = { url: opened.url(OWNER_ROLE, DATABASE), adminUrl };
    return input.supervision
      ? supervised({ urls, dataDir, server, launch, giveFree, events: input.supervision })
      : unsupervised(urls, server, giveFree);
  } catch (error) {
    await server?.stop();
    await giveFree();
    if (error instanceof EmbeddedDatabaseError) throw error;
    throw new EmbeddedDatabaseError(
      'failed_to_start',
      `The database in ${dataDir} could not be started: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

async function makeFolder(dataDir: string): Promise<void> {
  // The server may run as another user, who must be able to pass; the cluster inside is closed.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  try {
    await mkdir(dataDir, { recursive: true, mode });
  } catch (error) {
    // Node reports ENOENT for a folder that it may not create. The folder above it tells the reason.
    let parent = dirname(dataDir);
    while (!existsSync(parent)) parent = dirname(parent);
    if (errorCode(error) === 'ENOENT') await access(parent, constants.W_OK);
    throw error;
  }
}

type Urls = Pick<EmbeddedDatabase, 'url' | 'adminUrl'>;

function unsupervised(urls: Urls, server: Server, giveFree: () => Promise<void>): EmbeddedDatabase {
  const exited = server.exited.then(giveFree);
  return {
    ...urls,
    pid: server.pid,
    isDiskFull: () => false,
    exited,
    stop: async () => {
      await server.stop();
      await exited;
    },
  };
}

interface SupervisedInput {
  urls: Urls;
  dataDir: string;
  server: Server;
  launch: () => Promise<Server>;
  giveFree: () => Promise<void>;
  events: SupervisionEvents;
}

/** The folder's lock stays held, and the address stays the same, while the server is away. */
function supervised({ urls, dataDir, server, launch, giveFree, events }: SupervisedInput): EmbeddedDatabase {
  const disk = watchDisk(dataDir, events.onDisk);
  const supervisor = supervise({
    ...{ server, launch },
    explain: (cause) => explainStop(dataDir, supervisor.server(), cause),
    onStop: events.onStop,
    onRecovery: events.onRecovery,
  });
  const exited = supervisor.ended.then(giveFree);
  return {
    ...urls,
    get pid() {
      return supervisor.server().pid;
    },
    isDiskFull: () => supervisor.stopped()?.reason === 'disk_full' || disk.isFull(),
    exited,
    stop: async () => {
      disk.stop();
      await supervisor.stop();
      await exited;
    },
  };
}
