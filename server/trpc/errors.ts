import { TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { AppError, ERROR_TABLE, toAppError, validationError, type ErrorCode } from '../errors.ts';

type TrpcCode = TRPCError['code'];

/** tRPC's own codes for those that it does not have; `data.reason` and `data.httpStatus` tell them apart. */
const SUBSTITUTES = { GONE: 'NOT_FOUND', LOCKED: 'CONFLICT', MISDIRECTED: 'FORBIDDEN' } as const;

type ZodErrorShape = Error & Parameters<typeof validationError>[0];

function isZodError(error: unknown): error is ZodErrorShape {
  return error instanceof Error && 'issues' in error && Array.isArray(error.issues);
}

/**
 * The AppError behind what tRPC reports: a service's own, a refused input, or what tRPC itself refused (no such
 * procedure, a batch that is too large). Anything else is a bug.
 */
export function appErrorOf(error: TRPCError): AppError {
  if (error.cause instanceof AppError) return error.cause;
  if (error.code === 'BAD_REQUEST' && isZodError(error.cause)) return validationError(error.cause);
  if (error.code === 'INTERNAL_SERVER_ERROR') return toAppError(error.cause ?? error);
  const code: ErrorCode = error.code in ERROR_TABLE ? (error.code as ErrorCode) : 'BAD_REQUEST';
  return new AppError(code, error.message, { reason: ERROR_TABLE[code].type, cause: error });
}

/** The TRPCError with the code that belongs to the error; the AppError is its cause. */
export function trpcErrorOf(error: AppError): TRPCError {
  return new TRPCError({ code: trpcCodeOf(error.code), message: error.message, cause: error });
}

/** The error of a call as clients get it, whether a procedure or the HTTP edge refused it. */
export function errorShape(error: AppError, requestId: string | null, path?: string) {
  const { reason, message, details, data } = error;
  const code = trpcCodeOf(error.code);
  const { status, type } = ERROR_TABLE[error.code];
  return {
    code: TRPC_ERROR_CODES_BY_KEY[code],
    message,
    data: {
      ...{ code, httpStatus: status, path, type, reason, details },
      request_id: requestId,
      ...(data === undefined ? {} : { data }),
    },
  };
}

function trpcCodeOf(code: ErrorCode): TrpcCode {
  return code in SUBSTITUTES ? SUBSTITUTES[code as keyof typeof SUBSTITUTES] : (code as TrpcCode);
}
