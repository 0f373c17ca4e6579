import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './free-port.ts';

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find(existsSync);

/** Why tests behind a pooler can't run on this machine; `undefined`: they can. */
export const NO_PGBOUNCER = PROGRAM ? undefined : 'pgbouncer is not installed';

export interface Pooler {
  /** `postgres://…` of the same database, through the pooler. */
  url: string;
  stop(): Promise<void>;
}

/** The settings that docs/configuration.md tells operators to use. */
async function documentedSettings(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
  const settings = /```ini\n\[pgbouncer\]\n([^`]*)```/.exec(text)?.[1];
  if (!settings) throw new Error('docs/configuration.md has no settings for PgBouncer');
  return settings;
}

/**
 * Starts PgBouncer in transaction mode in front of a database, with so few connections of its own that everybody gets
 * one that somebody else has just used.
 *
 * @param url `postgres://…` of a socket or a TCP address
 */
export async function startPgBouncer(url: string, serverConnections = 2): Promise<Pooler> {
  if (!PROGRAM) throw new Error(NO_PGBOUNCER);
  const { host, port, user, password, database } = new pg.Client({ connectionString: url });
  const folder = await mkdtemp(join(tmpdir(), 'anvil-pgbouncer-'));
  const listenPort = await freePort();
  const target = Object.entries({ host, port, user, password, dbname: database })
    .flatMap(([name, value]) => (value ? [`${name}=${value}`] : []))
    .join(' ');
  const config = join(folder, 'pgbouncer.ini');
  await writeFile(
    config,
    `[databases]
${database} = ${target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = any
${await documentedSettings()}
; The last value counts.
default_pool_size = ${serverConnections}
`,
  );
  await chmod(folder, 0o755);
  // PgBouncer refuses to run as root; a socket's folder is closed to everybody but the server's own user.
  const owner = host.startsWith('/') ? await stat(host) : undefined;
  const asUser = process.getuid?.() === 0 ? { uid: owner?.uid || 65_534, gid: owner?.gid || 65_534 } : {};
  const child = spawn(PROGRAM, [config], { ...asUser, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  while (!(await answers(listenPort))) {
    if (child.exitCode !== null) {
      await stop();
      throw new Error(`PgBouncer did not start:\n${log}`);
    }
    await sleep(20);
  }
  return { url: `postgres://${user}@127.0.0.1:${listenPort}/${database}`, stop };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
