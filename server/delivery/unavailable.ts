import { DatabaseFailure } from '#db/errors.ts';
import { toAppError, type AppError } from '../errors.ts';

/**
 * Returns the one error for all that can't be told now, whatever the database's reason is. It is always the same, so it
 * doesn't reveal what exists.
 */
export function databaseUnavailable(cause?: unknown): AppError {
  return toAppError(new DatabaseFailure('unavailable', "Delivery can't tell now", { cause }));
}

export function isUnavailable(error: unknown): boolean {
  return toAppError(error).code === 'SERVICE_UNAVAILABLE';
}
