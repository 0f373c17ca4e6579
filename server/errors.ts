import { FAILURES, failureKind } from '#db/errors.ts';
import { z } from 'zod';

/** One place where something is wrong: the field or argument, and a sentence that says what to do. */
export interface ErrorDetail {
  field: string;
  message: string;
}

/**
 * The one table: code → HTTP status and type, for REST, tRPC and pages alike. The codes are tRPC's names, and GONE
 * and LOCKED, which tRPC does not have (they go out as NOT_FOUND and CONFLICT there, with `data.reason` and
 * `data.httpStatus` from here).
 */
export const ERROR_TABLE = {
  BAD_REQUEST: { status: 400, type: 'bad_request' },
  UNAUTHORIZED: { status: 401, type: 'unauthorized' },
  FORBIDDEN: { status: 403, type: 'forbidden' },
  NOT_FOUND: { status: 404, type: 'not_found' },
  METHOD_NOT_SUPPORTED: { status: 405, type: 'method_not_allowed' },
  TIMEOUT: { status: 408, type: 'timeout' },
  CONFLICT: { status: 409, type: 'conflict' },
  GONE: { status: 410, type: 'gone' },
  PRECONDITION_FAILED: { status: 412, type: 'precondition_failed' },
  PAYLOAD_TOO_LARGE: { status: 413, type: 'payload_too_large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, type: 'unsupported_media_type' },
  UNPROCESSABLE_CONTENT: { status: 422, type: 'validation' },
  LOCKED: { status: 423, type: 'locked' },
  TOO_MANY_REQUESTS: { status: 429, type: 'too_many_requests' },
  INTERNAL_SERVER_ERROR: { status: 500, type: 'internal' },
  SERVICE_UNAVAILABLE: { status: 503, type: 'unavailable' },
} as const;

export type ErrorCode = keyof typeof ERROR_TABLE;

export interface AppErrorOptions {
  /** Stable, for programs: `version.too_low`. */
  reason: string;
  details?: ErrorDetail[];
  /** Seconds until trying again makes sense (429, 503). */
  retryAfterSeconds?: number;
  /** What a page needs to go on from here, such as the other editor's text. JSON data, shown to the caller. */
  data?: unknown;
  cause?: unknown;
}

/** An expected error, with a message for people. Anything else that is thrown is a bug and is shown as "Internal error". */
export class AppError extends Error {
  override name = 'AppError';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly details: ErrorDetail[];
  readonly retryAfterSeconds: number | undefined;
  readonly data: unknown;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.reason = options.reason;
    this.details = options.details ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.data = options.data;
  }

  get status(): number {
    return ERROR_TABLE[this.code].status;
  }
}

/** The same words whether it does not exist or belongs to somebody else. */
export function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `There is no such ${what}.`, { reason: 'not_found' });
}

/** A single wrong field. */
export function invalid(field: string, message: string, reason = 'validation'): AppError {
  return new AppError('UNPROCESSABLE_CONTENT', message, { reason, details: [{ field, message }] });
}

/** One finding of zod, as far as it is read here. */
interface ValidationIssue {
  code?: string | undefined;
  path: readonly PropertyKey[];
  message: string;
  /** Of `unrecognized_keys`. */
  keys?: readonly string[];
  /** Of `invalid_union`: what each alternative found. */
  errors?: readonly (readonly ValidationIssue[])[];
}

/**
 * What zod refused, in the words and the shape of every door.
 *
 * @param issues of a ZodError
 * @returns UNPROCESSABLE_CONTENT `validation` with each wrong field by its path: `content.messages.0.role`
 */
export function validationError(issues: readonly ValidationIssue[]): AppError {
  const details = issues.flatMap((issue) => fieldErrors(issue));
  const [first, ...others] = details;
  const message =
    first && others.length === 0
      ? `${first.field ? `${first.field}: ` : ''}${first.message}`
      : `These fields are wrong: ${[...new Set(details.map((detail) => detail.field))].join(', ')}.`;
  return new AppError('UNPROCESSABLE_CONTENT', message, { reason: 'validation', details });
}

function fieldErrors(issue: ValidationIssue, parent: readonly PropertyKey[] = []): ErrorDetail[] {
  const path = [...parent, ...issue.path];
  const at = (...more: string[]) => [...path, ...more].map(String).join('.');
  if (issue.keys) return issue.keys.map((key) => ({ field: at(key), message: 'There is no such field.' }));
  // Of several alternatives the one that came nearest says what is wrong.
  const nearest = [...(issue.errors ?? [])].sort((a, b) => a.length - b.length)[0];
  if (nearest && nearest.length > 0) return nearest.flatMap((inner) => fieldErrors(inner, path));
  const words = issue.message
    .replace(/^Invalid (input|option): /, '')
    .replace(/^Too (?:big|small): expected \w+ to (?:be|have) ([<>])=?/, (_, sign) =>
      sign === '<' ? 'at most ' : 'at least ',
    );
  const message = /received undefined$/.test(words)
    ? 'This is missing.'
    : words.charAt(0).toUpperCase() + words.slice(1);
  return [{ field: at(), message: /[.?]$/.test(message) ? message : `${message}.` }];
}

/** The body of every error answer over REST. */
export interface ErrorBody {
  error: {
    type: string;
    reason: string;
    message: string;
    details: ErrorDetail[];
    request_id: string;
    data?: unknown;
  };
}

/** @returns the body that REST answers with; what is no AppError says nothing but "Internal error". */
export function errorBody(error: AppError, requestId: string): ErrorBody {
  const { reason, message, details, data } = error;
  return {
    error: {
      type: ERROR_TABLE[error.code].type,
      reason,
      message,
      details,
      request_id: requestId,
      ...(data === undefined ? {} : { data }),
    },
  };
}

/**
 * Turns everything that was thrown into the AppError to show: an AppError as it is, input that a schema refuses as 422
 * at its fields, a failure of the database as 503 (never as "not found"), and everything else as INTERNAL_SERVER_ERROR
 * with the original as its cause.
 */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof z.ZodError) return fromZodError(thrown);
  const failure = failureKind(thrown);
  if (failure !== undefined) {
    const { message, ...options } = FAILURES[failure];
    return new AppError('SERVICE_UNAVAILABLE', message, { ...options, cause: thrown });
  }
  return new AppError('INTERNAL_SERVER_ERROR', 'Internal error', { reason: 'internal', cause: thrown });
}

/** @returns 422 with each issue at its field: `content.messages.1.role` */
export function fromZodError(error: z.ZodError): AppError {
  const details = error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  const [first] = details;
  const message = first ? `${first.field ? `${first.field}: ` : ''}${first.message}` : 'The input is wrong.';
  return new AppError('UNPROCESSABLE_CONTENT', message, { reason: 'validation', details, cause: error });
}
