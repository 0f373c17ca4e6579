import { AppError } from '../errors.ts';

/** The messages of the parser quote what it could not read. */
export const MESSAGE_MAX_LENGTH = 500;

/** The refusal of a file that is larger than an import may be. */
export function importTooLarge(): AppError {
  return new AppError(
    'PAYLOAD_TOO_LARGE',
    'An import has at most 64 MB. Split the file and import the parts one after the other.',
    { reason: 'import.too_large' },
  );
}

export function tooManyColumns(line: string): AppError {
  return wrongColumns(
    `${line} of the file has too many columns. Send a CSV file with the columns "name" and "prompt".`,
  );
}

export function wrongColumns(message: string): AppError {
  return new AppError('UNPROCESSABLE_CONTENT', message.slice(0, MESSAGE_MAX_LENGTH), {
    reason: 'import.columns',
  });
}

export function emptyFile(): AppError {
  return new AppError('UNPROCESSABLE_CONTENT', 'The file is empty.', { reason: 'import.empty' });
}
