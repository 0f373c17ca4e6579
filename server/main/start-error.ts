import { existsSync } from 'node:fs';
import { failureKind } from '#db/errors.ts';

/** Anvil can't start here. The message says what happened and what to do; show it as it is. */
export class StartError extends Error {
  override name = 'StartError';
}

/** Advice for a failed file operation. Codes that aren't listed get the general sentence. */
const FILE_ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'Make it accessible for the user that starts Anvil.',
  EPERM: 'Make it accessible for the user that starts Anvil.',
  EROFS: 'Its file system is read-only. Remount it, or set ANVIL_DATA_DIR to another folder.',
  ENOSPC: 'Its disk is full. Free about 200 MB, then start again.',
  EDQUOT: 'The disk quota is used up. Free about 200 MB, then start again.',
  ENOTDIR: 'A part of this path is a file. Move the file away, or set another path.',
  EISDIR: 'This path is a folder, and a file is needed. Move the folder away, or set another path.',
  EMFILE: 'Too many files are open. Raise the limit of open files (ulimit -n).',
};
const GENERAL_FILE_ADVICE = 'Correct the path, then start again.';

/** @returns the sentence for an error that isn't a bug of Anvil, or undefined */
export function expectedStartFailure(error: unknown): string | undefined {
  const { code, path, syscall, message } = (error ?? {}) as NodeJS.ErrnoException;
  if (failureKind(error) === 'disk_full')
    return 'The disk of the database is full. Free about 200 MB on it, then start again.';
  if (code === undefined || path === undefined || syscall === undefined) return undefined;
  if (syscall === 'connect' || syscall.startsWith('spawn')) return `${message}. ${GENERAL_FILE_ADVICE}`;
  return `Anvil can't use ${path} (${code}). ${FILE_ADVICE[code] ?? GENERAL_FILE_ADVICE}`;
}

/**
 * Checks that the build is complete, before the database is opened.
 *
 * @throws StartError naming the missing file
 */
export function assertBuilt(files: readonly string[]): void {
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined)
    throw new StartError(
      `A file of the build is missing: ${missing}. Run "npm run build", then start again.`,
    );
}
