import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedDatabaseError, errorCode } from './errors.ts';
import { run } from './run.ts';

/** First a polite stop, which also ends by itself what a watchdog is stopping just now; then less polite ones. */
const STEPS: { signal: NodeJS.Signals; waitMs: number }[] = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

/**
 * Stops PostgreSQL processes that an earlier, killed Anvil left on this cluster: a postmaster whose watchdog was killed
 * too or is still stopping it, or the backends of a postmaster that was killed itself. The caller holds the folder's
 * lock, so they are nobody's.
 *
 * @throws EmbeddedDatabaseError failed_to_start
 */
export async function stopOrphans(cluster: string): Promise<void> {
  // PostgreSQL removes its file at the very end of an orderly stop, so most starts look no further.
  if ((await postmasterPid(cluster)) === undefined) return;
  for (const { signal, waitMs } of STEPS) {
    const until = Date.now() + waitMs;
    for (let first = true; ; first = false) {
      const pids = await processesOf(cluster);
      if (pids.length === 0) return forgetPostmaster(cluster);
      if (Date.now() > until) break;
      if (first) await stop(pids, signal, await postmasterPid(cluster));
      await sleep(20);
    }
  }
  throw new EmbeddedDatabaseError(
    'failed_to_start',
    `PostgreSQL processes of an earlier start (${(await processesOf(cluster)).join(', ')}) don't end. ` +
      'End them, or restart the computer, and start Anvil again.',
  );
}

async function stop(pids: number[], signal: NodeJS.Signals, postmaster: number | undefined): Promise<void> {
  // A postmaster stops its own backends. Without one each is asked; they take SIGINT for "cancel the query".
  const alone = postmaster === undefined || !pids.includes(postmaster);
  const chosen = alone || signal === 'SIGKILL' ? pids : [postmaster];
  for (const pid of chosen) {
    try {
      process.kill(pid, alone && signal === 'SIGINT' ? 'SIGTERM' : signal);
    } catch (error) {
      if (errorCode(error) !== 'ESRCH') throw error;
    }
  }
}

/** A killed postmaster leaves its file, and PostgreSQL believes it when the number was given to another process since. */
async function forgetPostmaster(cluster: string): Promise<void> {
  if (process.platform === 'linux') await rm(join(cluster, 'postmaster.pid'), { force: true });
}

async function postmasterPid(cluster: string): Promise<number | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

/**
 * The living PostgreSQL processes of this cluster. On Linux they are known by their working directory, which is the
 * cluster; elsewhere only the postmaster is, by its number and name.
 */
export async function processesOf(cluster: string): Promise<number[]> {
  if (process.platform === 'linux') {
    const real = await realpath(cluster).catch(() => undefined);
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => undefined)));
    return real === undefined ? [] : pids.filter((_, index) => folders[index] === real);
  }
  const pid = await postmasterPid(cluster);
  if (pid === undefined || !isAlive(pid)) return [];
  if (process.platform === 'win32') return [pid];
  const { output } = await run({ command: 'ps', args: ['-o', 'comm=', '-p', String(pid)] });
  return output.includes('postgres') ? [pid] : [];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
