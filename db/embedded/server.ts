import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasNoSpaceToStart } from './disk.ts';
import { diskFull, EmbeddedDatabaseError, saysDiskFull, writeFailure } from './errors.ts';
import { CHILD_ENVIRONMENT, type SystemUser } from './run.ts';
import { nameFromInside } from './user.ts';

/** Recovery after a kill reads the whole write-ahead log; it is given this long without any sign of an end. */
const START_WAIT_MS = 120_000;
const STOP_WAIT_MS = 10_000;
const LOG_MAX_BYTES = 10_000_000;

export interface ServerInput {
  dataDir: string;
  cluster: string;
  /** bin/ of the binaries */
  programs: string;
  user: SystemUser | undefined;
  settings: Record<string, string>;
}

export interface Server {
  pid: number;
  /** Resolves with how it ended, for whatever reason: `exit code 1`, `signal SIGKILL`. */
  exited: Promise<string>;
  /** The lines that it has logged, as far as they could be written. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Stops PostgreSQL when Node is gone, however it went: the pipe on descriptor 3 is closed by the system then. Node
 * writes a word to it when PostgreSQL itself is gone, so that the watchdog ends with either of the two. It is nobody's
 * child, since PostgreSQL would wonder about one it doesn't know; `$$` is the number that PostgreSQL takes over by exec.
 */
const WATCHDOG = `( ( read -r word <&3; [ "$word" = gone ] || kill -INT $$ ) >/dev/null 2>&1 & )
exec "$0" "$@" 3<&-`;

/**
 * Starts PostgreSQL on a cluster and waits until it takes connections.
 *
 * @throws EmbeddedDatabaseError failed_to_start (with the end of its log), disk_full, not_reachable, not_writable
 */
export async function startServer(input: ServerInput): Promise<Server> {
  const { dataDir, cluster, user } = input;
  const logFile = join(dataDir, 'postgres.log');
  const log = await openLog(logFile).catch((error: unknown) => {
    throw writeFailure(dataDir, error);
  });
  const logStart = (await log.stat()).size;
  let child: ChildProcess;
  let exited: Promise<string>;
  try {
    const windows = process.platform === 'win32';
    const program = join(input.programs, windows ? 'postgres.exe' : 'postgres');
    const settings = Object.entries(input.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const args = ['-D', await nameFromInside(user, cluster), ...settings];
    child = spawn(windows ? program : '/bin/sh', windows ? args : ['-c', WATCHDOG, program, ...args], {
      cwd: cluster,
      env: CHILD_ENVIRONMENT,
      // A process group of its own: Ctrl-C reaches the whole group, and would stop the database before the drain.
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
      ...(user ? { uid: user.uid, gid: user.gid } : {}),
    });
    // Before anything is awaited: PostgreSQL may end while the log is being closed.
    exited = whenGone(child);
  } finally {
    await log.close();
  }
  const { pid } = child;
  const logged = async () => {
    const text = await readFile(logFile).catch(() => Buffer.alloc(0));
    return text.subarray(logStart).toString();
  };
  if (pid === undefined || !(await becomesReady(cluster, child, pid))) {
    await stopChild(child, exited);
    throw await startFailure(dataDir, await logged());
  }
  // A script that forgets to stop the database may end nevertheless; the watchdog does the rest.
  child.unref();
  (child.stdio[3] as Socket).unref();
  return {
    ...{ pid, exited },
    log: logged,
    stop: async () => {
      await stopChild(child, exited);
    },
  };
}

async function openLog(file: string) {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_MAX_BYTES) await rename(file, `${file}.1`);
  return open(file, 'a', 0o600);
}

function whenGone(child: ChildProcess): Promise<string> {
  const pipe = child.stdio[3] as Socket | null | undefined;
  // Once PostgreSQL and the watchdog are gone there is nobody to read the word.
  pipe?.on('error', () => undefined);
  return new Promise((resolve) => {
    const gone = (how: string) => {
      pipe?.end('gone\n');
      resolve(how);
    };
    child.once('exit', (code, signal) => gone(signal ? `signal ${signal}` : `exit code ${code}`));
    child.once('error', (error) => gone(error.message));
  });
}

/** `ready` in postmaster.pid counts only beside our child's number: the file may be that of a killed one. */
async function becomesReady(cluster: string, child: ChildProcess, pid: number): Promise<boolean> {
  const until = Date.now() + START_WAIT_MS;
  while (child.exitCode === null && child.signalCode === null && Date.now() < until) {
    const lines = await readFile(join(cluster, 'postmaster.pid'), 'utf8').then(
      (text) => text.split('\n'),
      () => [],
    );
    if (Number(lines[0]) === pid && lines[7]?.trim() === 'ready') return true;
    await sleep(10);
  }
  return false;
}

async function startFailure(dataDir: string, log: string): Promise<EmbeddedDatabaseError> {
  if (saysDiskFull(log) || (await hasNoSpaceToStart(dataDir))) return diskFull(dataDir);
  return new EmbeddedDatabaseError(
    'failed_to_start',
    `PostgreSQL did not start on the database in ${dataDir}. The end of ${join(dataDir, 'postgres.log')} says:\n` +
      log.trim().split('\n').slice(-5).join('\n'),
  );
}

/** SIGINT disconnects the clients and writes everything down; SIGQUIT, if that takes too long, leaves it to recovery. */
async function stopChild(child: ChildProcess, exited: Promise<string>): Promise<string> {
  child.ref();
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return exited;
    child.kill(signal);
    const timeout = new AbortController();
    await Promise.race([
      exited,
      sleep(STOP_WAIT_MS, undefined, { signal: timeout.signal }).catch(() => undefined),
    ]);
    timeout.abort();
  }
  return exited;
}
