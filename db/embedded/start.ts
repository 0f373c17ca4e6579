import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { prepareBinaries } from './binaries.ts';
import { BOOTSTRAP_USER, clusterFolder, ensureCluster } from './cluster.ts';
import { EmbeddedDatabaseError, writeFailure } from './errors.ts';
import { lockFolder } from './lock.ts';
import { stopOrphans } from './orphans.ts';
import { DATABASE, ensureDatabase, ensureRoles, OWNER_ROLE } from './roles.ts';
import { startServer, type Server } from './server.ts';
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
}

export interface EmbeddedDatabase {
  /** `postgres://…` of the owner role: what DATABASE_URL would say. Valid until this server stops. */
  url: string;
  /** `postgres://…` of the superuser. For tests that make databases of their own; the product never uses it. */
  adminUrl: string;
  /** Of the postmaster. */
  pid: number;
  /** Resolves when the server is gone, stopped or not. */
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
  // The server may run as another user, who must be able to pass; the cluster inside is closed.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  await mkdir(dataDir, { recursive: true, mode }).catch((error: unknown) => {
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
    transport = await (tcp ? tcpTransport(dataDir, user) : socketTransport(dataDir, user));
    const { passwordFile, password } = transport;
    const created = await ensureCluster({
      ...{ dataDir, binaries, user, passwordFile },
      durable: settings.fsync !== 'off',
    });
    if (created) log(`Made a new PostgreSQL ${binaries.version} database in ${dataDir}`);
    await writeFile(join(cluster, 'pg_hba.conf'), transport.hostAuthentication);
    server = await startServer({
      ...{ dataDir, cluster, user, programs: join(binaries.folder, 'bin') },
      settings: {
        ...transport.settings,
        // initdb copies the host's time zone. Checkpoints would fill the log, which nobody turns over.
        ...{ timezone: 'UTC', log_timezone: 'UTC', log_checkpoints: 'off' },
        ...settings,
      },
    });
    const adminUrl = transport.url(BOOTSTRAP_USER, 'postgres');
    await ensureRoles(adminUrl, password);
    await ensureDatabase(adminUrl);
    const running = server;
    const exited = running.exited.then(giveFree);
    return {
      url: transport.url(OWNER_ROLE, DATABASE),
      adminUrl,
      pid: running.pid,
      exited,
      stop: async () => {
        await running.stop();
        await exited;
      },
    };
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
