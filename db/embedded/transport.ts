import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readFile, readlink, rm, rmdir, symlink, unlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedDatabaseError } from './errors.ts';
import type { SystemUser } from './run.ts';
import { canEnter } from './user.ts';

/** How clients of this machine reach the server. */
export interface Transport {
  settings: Record<string, string>;
  /** The whole pg_hba.conf. */
  hostAuthentication: string;
  /** What the roles sign in with; undefined on a socket, whose folder is closed to everybody else. */
  password: string | undefined;
  /** Where that password stands. */
  passwordFile: string | undefined;
  url(user: string, database: string): string;
  /** Removes what a killed server left at the address. No server runs on it. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const SOCKET = '.s.PGSQL.5432';
/** A socket's path has at most 107 bytes on Linux, 103 on macOS. */
const SOCKET_FOLDER_MAX = 93;

/**
 * A UNIX socket in a fresh 0700 folder below the system's temporary one (data folders may lie too deep, or on a
 * file system without sockets). The link `socket` in the data folder says where, for people and for the next start,
 * which clears away what a kill left.
 *
 * @throws EmbeddedDatabaseError not_reachable
 */
export async function socketTransport(dataDir: string, user: SystemUser | undefined): Promise<Transport> {
  const signpost = join(dataDir, 'socket');
  const previous = await readlink(signpost).catch(() => undefined);
  if (previous) await clearSocketFolder(previous);
  const folder = await mkdtemp(join(await socketParent(user), 'anvil-'));
  if (user) await chown(folder, user.uid, user.gid);
  await rm(signpost, { force: true });
  await symlink(folder, signpost);
  return {
    settings: { listen_addresses: '', unix_socket_directories: folder, unix_socket_permissions: '0700' },
    hostAuthentication: 'local all all trust\n',
    password: undefined,
    passwordFile: undefined,
    url: (role, database) => `postgres://${role}@/${database}?host=${encodeURIComponent(folder)}`,
    clear: () => unlinkSocket(folder),
    close: async () => {
      await clearSocketFolder(folder);
      await rm(signpost, { force: true });
    },
  };
}

async function socketParent(user: SystemUser | undefined): Promise<string> {
  for (const folder of [tmpdir(), '/tmp']) {
    const length = Buffer.byteLength(join(folder, 'anvil-XXXXXX'));
    if (length <= SOCKET_FOLDER_MAX && (await canEnter(user, folder))) return folder;
  }
  throw new EmbeddedDatabaseError(
    'not_reachable',
    `The database needs a folder for its socket, and ${tmpdir()} is too long or closed to ${user?.name ?? 'it'}. ` +
      'Set TMPDIR to a short folder that every user may pass, for example /tmp.',
  );
}

/** By name, not recursively: the path was read from a file, and others may write to the temporary folder. */
async function unlinkSocket(folder: string): Promise<void> {
  for (const name of [SOCKET, `${SOCKET}.lock`]) await unlink(join(folder, name)).catch(() => undefined);
}

async function clearSocketFolder(folder: string): Promise<void> {
  await unlinkSocket(folder);
  await rmdir(folder).catch(() => undefined);
}

/** Windows has no such sockets in PostgreSQL's client for Node: loopback, a free port, and a password in a 0600 file. */
export async function tcpTransport(dataDir: string, user: SystemUser | undefined): Promise<Transport> {
  const file = join(dataDir, 'password');
  let password = await readFile(file, 'utf8').catch(() => '');
  if (!/^[0-9a-f]{64}$/.test(password)) {
    password = randomBytes(32).toString('hex');
    await writeFile(file, password, { mode: 0o600 });
  }
  if (user) await chown(file, user.uid, user.gid);
  const port = await freePort();
  return {
    settings: { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port) },
    hostAuthentication: 'host all all 127.0.0.1/32 scram-sha-256\n',
    password,
    passwordFile: file,
    url: (role, database) => `postgres://${role}:${password}@127.0.0.1:${port}/${database}`,
    clear: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
