import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Release } from '../release.ts';
import type { TableSum } from './format.ts';
import { ArchiveError } from './format.ts';
import { exportArchive } from './export.ts';
import { importArchive } from './import.ts';

/** `20260725-031500`: sorts by time, fits any file system. */
export function timestamp(now: Date): string {
  return now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
}

/**
 * Exports into a file for its owner alone. It has its name when it is whole and on the disk, not before.
 *
 * @throws ArchiveError when there is a file of this name
 */
export async function exportToFile(input: {
  url: string;
  release: Release;
  file: string;
}): Promise<TableSum[]> {
  const { url, release, file } = input;
  const partial = `${file}.partial`;
  if (await exists(file)) throw new ArchiveError(`There is a file ${file} already. Take another name.`);
  const handle = await open(partial, 'w', 0o600);
  try {
    const sums = await exportArchive({ url, release, output: handle.createWriteStream({ flush: true }) });
    await rename(partial, file);
    return sums;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** @throws ArchiveError when there is no such file, and as {@link importArchive} */
export async function importFromFile({
  url,
  release,
  file,
}: {
  url: string;
  release: Release;
  file: string;
}): Promise<TableSum[]> {
  if (!(await exists(file))) throw new ArchiveError(`There is no file ${file}.`);
  return importArchive({ url, release, input: createReadStream(file) });
}

async function exists(file: string): Promise<boolean> {
  const handle = await open(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  await handle?.close();
  return handle !== undefined;
}

/** How many copies made before migrations are kept. */
const COPIES_KEPT = 3;
const COPY = /^before-.*\.archive\.gz$/;

/**
 * Exports into a folder under a name that says when and before which migration, and removes the oldest copies there
 * when there are more than three.
 *
 * @param before the first migration that is about to run
 * @returns the file
 */
export async function copyBeforeMigration(input: {
  url: string;
  release: Release;
  folder: string;
  before: string;
  now: Date;
}): Promise<string> {
  const { url, release, folder, before, now } = input;
  const file = join(folder, `before-${timestamp(now)}-${before}.archive.gz`);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await exportToFile({ url, release, file });
  const copies = (await readdir(folder)).filter((name) => COPY.test(name)).sort();
  for (const name of copies.slice(0, -COPIES_KEPT)) await rm(join(folder, name), { force: true });
  return file;
}
