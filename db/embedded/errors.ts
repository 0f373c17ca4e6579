/** Why the embedded database could not start. */
export type EmbeddedDatabaseReason =
  | 'no_binary'
  | 'not_writable'
  | 'not_reachable'
  | 'other_version'
  | 'already_running'
  | 'copy_of_running'
  | 'disk_full'
  | 'failed_to_start';

/** The embedded database can't run here. The message says what is so and what to do; show it as it is. */
export class EmbeddedDatabaseError extends Error {
  override name = 'EmbeddedDatabaseError';

  constructor(
    readonly reason: EmbeddedDatabaseReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The system's code of a failed file operation (`EACCES`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/**
 * Gives a failed write below the data folder its reason and a sentence.
 *
 * @param folder the data folder, as the message shall show it
 */
export function writeFailure(folder: string, error: unknown): EmbeddedDatabaseError {
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(folder, error);
  return new EmbeddedDatabaseError(
    'not_writable',
    `Anvil can't write to the folder of its database, ${folder} (${code ?? String(error)}). ` +
      'Make it writable for the user that starts Anvil, or set ANVIL_DATA_DIR to another folder.',
    { cause: error },
  );
}

/** Tells whether PostgreSQL's output names a full disk. */
export function saysDiskFull(output: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(output);
}

export function diskFull(folder: string, cause?: unknown): EmbeddedDatabaseError {
  return new EmbeddedDatabaseError(
    'disk_full',
    `There is no space left for the database in ${folder}. ` +
      'Free about 200 MB, or set ANVIL_DATA_DIR to a folder on another disk, and start again.',
    { cause },
  );
}
