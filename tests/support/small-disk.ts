import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, rmdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system of its own in memory. Only root can mount one. */
export interface SmallDisk {
  folder: string;
  /** Takes all space, but for as many bytes. */
  fill(left?: number): Promise<void>;
  /** Gives the space back that `fill` took. */
  free(): Promise<void>;
  /** Makes it read-only. */
  protect(): Promise<void>;
  remove(): Promise<void>;
}

export const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** @param megabytes its size */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder]);
  const filler = join(folder, 'filler');
  const block = Buffer.alloc(65_536);
  return {
    folder,
    fill: async (left = 0) => {
      const file = await open(filler, 'a');
      try {
        for (;;) {
          const { bavail, bsize } = await statfs(folder);
          const length = Math.min(block.length, bavail * bsize - left);
          if (length <= 0) return;
          await file.write(block, 0, length);
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        await file.close();
      }
    },
    free: () => rm(filler, { force: true }),
    protect: async () => {
      await run('mount', ['-o', 'remount,ro', folder]);
    },
    remove: async () => {
      await run('umount', ['-l', folder]);
      await rmdir(folder);
    },
  };
}
