import { TRPCError } from '@trpc/server';
import { AppError, ERROR_TABLE, toAppError, validationError, type ErrorCode } from '../errors.ts';

/** tRPC's own codes for the two that it does not have; `data.reason` and `data.httpStatus` tell them apart. */
const SUBSTITUTES = { GONE: 'NOT_FOUND', LOCKED: 'CONFLICT' } as const;

interface ZodErrorShape extends Error {
  issues: Parameters<typeof validationError>[0];
}

function isZodError(error: unknown): error is ZodErrorShape {
  return error instanceof Error && 'issues' in error && Array.isArray(error.issues);
}

/**
 * The AppError behind what tRPC reports: a service's own, a refused input, or what tRPC itself refused (no such
 * procedure, a batch that is too large). Anything else is a bug.
 */
export function appErrorOf(error: TRPCError): AppError {
  if (error.cause instanceof AppError) return error.cause;
  if (error.code === 'BAD_REQUEST' && isZodError(error.cause)) return validationError(error.cause.issues);
  if (error.code === 'INTERNAL_SERVER_ERROR') return toAppError(error.cause ?? error);
  const code: ErrorCode = error.code in ERROR_TABLE ? (error.code as ErrorCode) : 'BAD_REQUEST';
  return new AppError(code, error.message, { reason: ERROR_TABLE[code].type, cause: error });
}

/** The TRPCError with the code that belongs to the error; the AppError is its cause. */
export function trpcErrorOf(error: AppError): TRPCError {
  const code = error.code in SUBSTITUTES ? SUBSTITUTES[error.code as keyof typeof SUBSTITUTES] : error.code;
  return new TRPCError({ code: code as TRPCError['code'], message: error.message, cause: error });
}
