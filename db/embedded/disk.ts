import { statfs } from 'node:fs/promises';

/** PostgreSQL can't start below this: it writes a new segment of its log, which has 16 MiB. */
const START_BYTES = 32 * 1_048_576;
/** A running PostgreSQL refuses writes below about this. */
const FULL_BYTES = 1_048_576;
const CHECK_EVERY_MS = 5_000;

/** @returns bytes that an ordinary user may write, Infinity where the system doesn't tell */
async function freeBytes(folder: string): Promise<number> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Infinity,
  );
}

/** Tells whether PostgreSQL can't start for want of space. Its own log is on the same disk and may be cut short. */
export async function hasNoSpaceToStart(folder: string): Promise<boolean> {
  return (await freeBytes(folder)) < START_BYTES;
}

/** Tells whether a running PostgreSQL has no space for writes. */
async function isFull(folder: string): Promise<boolean> {
  return (await freeBytes(folder)) < FULL_BYTES;
}

export interface DiskWatch {
  isFull(): boolean;
  /** Looks now instead of at the next interval. */
  check(): Promise<void>;
  stop(): void;
}

/** Looks every few seconds whether the disk of a running database is full. @param onChange gets each change once */
export function watchDisk(folder: string, onChange: (full: boolean) => void): DiskWatch {
  let full = false;
  const check = async () => {
    const now = await isFull(folder);
    if (now === full) return;
    full = now;
    onChange(full);
  };
  const timer = setInterval(() => void check(), CHECK_EVERY_MS).unref();
  return { isFull: () => full, check, stop: () => clearInterval(timer) };
}
