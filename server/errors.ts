import { boundedMessage } from '@anvil/core/text';
import { FAILURES, failureKind } from '#db/errors.ts';
import { z } from 'zod';

/** One place where something is wrong: the field or argument, and a sentence that says what to do. */
export interface ErrorDetail {
  field: string;
  message: string;
}

/**
 * The one table: code → HTTP status and type, for REST, tRPC and pages alike. The codes are tRPC's names and three that
 * tRPC doesn't have: GONE, LOCKED and MISDIRECTED. tRPC sends them as NOT_FOUND, CONFLICT and FORBIDDEN, with
 * `data.reason` and `data.httpStatus` from here.
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
  MISDIRECTED: { status: 421, type: 'misdirected' },
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
  /** Seconds until trying again makes sense. Left out, a 429 or 503 gets DEFAULT_RETRY_AFTER_SECONDS. */
  retryAfterSeconds?: number | undefined;
  /** What a page needs to go on from here, such as the other editor's text. JSON data, shown to the caller. */
  data?: unknown;
  cause?: unknown;
}

/** What `Retry-After` says when an error doesn't know better. */
export const DEFAULT_RETRY_AFTER_SECONDS = 5;

/** A caller is helped by the first hundred wrong fields. */
const DETAILS_MAX = 100;

/** An expected error, with a message for people. Anything else that is thrown is a bug and is shown as "Internal error". */
export class AppError extends Error {
  override name = 'AppError';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly details: ErrorDetail[];
  readonly retryAfterSeconds: number | undefined;
  readonly data: unknown;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions) {
    super(boundedMessage(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.reason = options.reason;
    this.details = (options.details ?? []).slice(0, DETAILS_MAX).map(({ field, message: why }) => ({
      field: boundedMessage(field),
      message: boundedMessage(why),
    }));
    this.retryAfterSeconds = options.retryAfterSeconds ?? defaultRetryAfter(code, options.reason);
    this.data = options.data;
  }

  get status(): number {
    return ERROR_TABLE[this.code].status;
  }
}

/**
 * Trying again a write whose COMMIT got lost is safe only for callers that sent an Idempotency-Key, so that error has no
 * `Retry-After` by default.
 */
function defaultRetryAfter(code: ErrorCode, reason: string): number | undefined {
  const isTemporary = code === 'TOO_MANY_REQUESTS' || code === 'SERVICE_UNAVAILABLE';
  return isTemporary && reason !== FAILURES.outcome_unknown.reason ? DEFAULT_RETRY_AFTER_SECONDS : undefined;
}

/** A caller that sent neither a session nor an API key. */
export function unauthenticated(): AppError {
  return new AppError('UNAUTHORIZED', 'Sign in, or send an API key as "Authorization: Bearer ank_…".', {
    reason: 'unauthenticated',
  });
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
 * Turns what zod refused into the error that every interface sends.
 *
 * @returns UNPROCESSABLE_CONTENT `validation` with each wrong field by its path: `content.messages.0.role`
 */
export function validationError({ issues }: { issues: readonly ValidationIssue[] }): AppError {
  const details = issues.flatMap((issue) => fieldErrors(issue));
  const [first, ...others] = details;
  const message =
    first && others.length === 0
      ? `${first.field ? `${first.field}: ` : ''}${first.message}`
      : `Invalid fields: ${[...new Set(details.map((detail) => detail.field))].join(', ')}.`;
  return new AppError('UNPROCESSABLE_CONTENT', message, { reason: 'validation', details });
}

function fieldErrors(issue: ValidationIssue, parent: readonly PropertyKey[] = []): ErrorDetail[] {
  const path = [...parent, ...issue.path];
  const at = (...more: string[]) => [...path, ...more].map(String).join('.');
  if (issue.keys)
    return issue.keys
      .slice(0, DETAILS_MAX)
      .map((key) => ({ field: at(key), message: 'There is no such field.' }));
  // Of several alternatives the one that came nearest says what is wrong.
  const nearest = [...(issue.errors ?? [])].sort((a, b) => a.length - b.length)[0];
  if (nearest && nearest.length > 0) return nearest.flatMap((inner) => fieldErrors(inner, path));
  const words = issue.message
    .replace(/^Invalid (input|option): /, '')
    .replace(/^Invalid input$/, 'This value isn’t allowed here')
    .replace('expected record', 'expected object')
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
  if (thrown instanceof z.ZodError) return validationError(thrown);
  const failure = failureKind(thrown);
  if (failure !== undefined) {
    const { message, ...options } = FAILURES[failure];
    return new AppError('SERVICE_UNAVAILABLE', message, { ...options, cause: thrown });
  }
  return new AppError('INTERNAL_SERVER_ERROR', 'Internal error', { reason: 'internal', cause: thrown });
}
