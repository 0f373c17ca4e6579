import { AppError, toAppError } from '../errors.ts';

/** Returns the one error for all that can't be told now. It is always the same, so it doesn't reveal what exists. */
export function databaseUnavailable(cause?: unknown): AppError {
  return new AppError(
    'SERVICE_UNAVAILABLE',
    'The database can’t be reached right now. Try again in a moment.',
    { reason: 'database_unavailable', retryAfterSeconds: 5, cause },
  );
}

export function isUnavailable(error: unknown): boolean {
  return toAppError(error).code === 'SERVICE_UNAVAILABLE';
}
