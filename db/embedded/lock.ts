import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedDatabaseError, errorCode, writeFailure } from './errors.ts';
import { run } from './run.ts';

/** Held by the one process that may run the database of a folder. */
export interface FolderLock {
  release(): Promise<void>;
}

const HELD = '.held';

/**
 * Takes the folder, or says who has it. Node has no flock, and a single lock file can't be taken over safely from a
 * killed process (two starters would both remove it). So each starter puts down a claim with a name of its own, which
 * carries its process id and the time that process started, and then looks around: claims of dead processes are
 * removed, a held claim wins, and of several fresh ones the first in order waits for the others to withdraw.
 *
 * @throws EmbeddedDatabaseError already_running, copy_of_running (both name the process id), not_writable, disk_full
 */
export async function lockFolder(dataDir: string): Promise<FolderLock> {
  const folder = join(dataDir, 'lock');
  const mine = `${process.pid}-${await startOf(process.pid)}-${randomBytes(4).toString('hex')}`;
  const release = async () => {
    await rm(join(folder, mine), { force: true });
    await rm(join(folder, mine + HELD), { force: true });
  };
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const identity = await identityOf(folder);
    await writeFile(join(folder, mine), identity, { flag: 'wx', mode: 0o600 });
    for (;;) {
      const others = await livingClaims(folder, mine);
      const original = others.find((claim) => claim.folder !== '' && claim.folder !== identity);
      if (original) throw copyOfRunning(dataDir, original.pid);
      const winner = others.find((claim) => claim.held || claim.name < mine);
      if (winner) throw alreadyRunning(dataDir, winner.pid);
      if (others.length === 0) break;
      await sleep(10);
    }
    // A mark beside the claim, which stays: a rename could be missed by somebody who is just listing.
    await writeFile(join(folder, mine + HELD), '', { mode: 0o600 });
    return { release };
  } catch (error) {
    await release().catch(() => undefined);
    throw error instanceof EmbeddedDatabaseError ? error : writeFailure(dataDir, error);
  }
}

function alreadyRunning(dataDir: string, pid: number): EmbeddedDatabaseError {
  const who = pid === process.pid ? 'this process itself' : `process ${pid}`;
  return new EmbeddedDatabaseError(
    'already_running',
    `Another Anvil already runs on the database in ${dataDir}: ${who}. ` +
      'Stop it first, or give this one a folder of its own with ANVIL_DATA_DIR.',
  );
}

function copyOfRunning(dataDir: string, pid: number): EmbeddedDatabaseError {
  return new EmbeddedDatabaseError(
    'copy_of_running',
    `${dataDir} is a copy of a folder on which Anvil runs as process ${pid}. ` +
      'A copy of a running database may be damaged: stop that Anvil and copy again, or use anvil-server export.',
  );
}

/** Tells a folder from its copies. It stays the same when the folder is moved on its disk. */
async function identityOf(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder);
  return `${dev}:${ino}`;
}

interface Claim {
  name: string;
  pid: number;
  held: boolean;
  /** The identity of the folder that was claimed. Empty while the claim is being written. */
  folder: string;
}

async function livingClaims(folder: string, mine: string): Promise<Claim[]> {
  const entries = await readdir(folder);
  const claims: Claim[] = [];
  for (const name of entries) {
    if (name.endsWith(HELD) || name === mine) continue;
    const [pid, start] = name.split('-');
    if (start !== undefined && (await startOf(Number(pid))) === start) {
      const claimed = await readFile(join(folder, name), 'utf8').catch(() => '');
      claims.push({ name, pid: Number(pid), held: entries.includes(name + HELD), folder: claimed });
    } else {
      await rm(join(folder, name + HELD), { force: true });
      await rm(join(folder, name), { force: true });
    }
  }
  return claims;
}

/**
 * When the process started, in whatever form the system tells it without a `-`; undefined when there is no such
 * process. Without it a process id that was given out again would block a folder for ever.
 */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return undefined;
  }
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    // The name in brackets may hold blanks; after it the start is the 20th field. Zombies (Z) run no more.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
  }
  if (process.platform === 'win32') return 'unknown';
  const { output } = await run({ command: 'ps', args: ['-o', 'lstart=', '-p', String(pid)] });
  return output.replaceAll(/\W+/g, '');
}
