/**
 * Why the database couldn't do what was asked, although the request was right. Every kind is a 503 for the caller. An
 * error without a kind is a bug or a violated constraint.
 */
export type FailureKind =
  | 'unavailable'
  | 'busy'
  | 'out_of_connections'
  | 'read_only'
  | 'disk_full'
  | 'out_of_memory'
  | 'lock_timeout'
  | 'statement_timeout'
  | 'transaction_timeout'
  | 'conflict'
  | 'outcome_unknown';

export interface Failure {
  /** Stable, for programs. */
  reason: string;
  /** For people. */
  message: string;
  /** Seconds until a retry makes sense. `undefined`: a retry could do the same work twice. */
  retryAfterSeconds?: number;
}

export const FAILURES: Readonly<Record<FailureKind, Failure>> = {
  unavailable: {
    reason: 'database_unavailable',
    message: 'The database can’t be reached right now. Try again in a moment.',
    retryAfterSeconds: 5,
  },
  busy: {
    reason: 'database_busy',
    message: 'All database connections of this server are in use. Try again in a moment.',
    retryAfterSeconds: 2,
  },
  out_of_connections: {
    reason: 'database_out_of_connections',
    message: 'The database accepts no more connections right now. Try again in a moment.',
    retryAfterSeconds: 5,
  },
  read_only: {
    reason: 'database_read_only',
    message: 'The database is read-only right now. Try again in a moment.',
    retryAfterSeconds: 5,
  },
  disk_full: {
    reason: 'database_disk_full',
    message: 'The disk of the database is full, so nothing can be saved. Free some space, then try again.',
    retryAfterSeconds: 30,
  },
  out_of_memory: {
    reason: 'database_out_of_memory',
    message: 'The database is out of memory right now. Try again in a moment.',
    retryAfterSeconds: 5,
  },
  lock_timeout: {
    reason: 'database_lock_timeout',
    message: 'Another change is still in progress here. Try again in a moment.',
    retryAfterSeconds: 2,
  },
  statement_timeout: {
    reason: 'database_statement_timeout',
    message: 'The database took too long to answer. Try again in a moment.',
    retryAfterSeconds: 5,
  },
  transaction_timeout: {
    reason: 'database_transaction_timeout',
    message: 'This took too long and was cancelled. Try again in a moment.',
    retryAfterSeconds: 5,
  },
  conflict: {
    reason: 'database_conflict',
    message: 'Another change was made at the same moment. Try again.',
    retryAfterSeconds: 1,
  },
  outcome_unknown: {
    reason: 'outcome_unknown',
    message: 'The change may or may not have been saved. Check before you try again.',
  },
};

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const KIND_OF_SQLSTATE: Readonly<Record<string, FailureKind>> = {
  // Sign-in and database of the URL: right at the start, so they changed meanwhile.
  '28000': 'unavailable',
  '28P01': 'unavailable',
  '3D000': 'unavailable',
  '57P01': 'unavailable',
  '57P02': 'unavailable',
  '57P03': 'unavailable',
  '57P04': 'unavailable',
  '57P05': 'unavailable',
  // The server's disk failed.
  '58000': 'unavailable',
  '58030': 'unavailable',
  '53300': 'out_of_connections',
  '25006': 'read_only',
  '53100': 'disk_full',
  '53200': 'out_of_memory',
  '55P03': 'lock_timeout',
  '57014': 'statement_timeout',
  '25P03': 'transaction_timeout',
  '25P04': 'transaction_timeout',
  '40001': 'conflict',
  '40P01': 'conflict',
};

/** Class 08 is "connection exception". PgBouncer uses 08P01 for everything that is wrong behind it. */
const CONNECTION_EXCEPTION = /^08/;

/** Codes of failed system calls on a socket, and of a name that can't be resolved. */
const UNAVAILABLE_SYSTEM_CODES = new Set([
  'EAGAIN',
  'EAI_AGAIN',
  'EAI_FAIL',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** An error of the driver or the pool that has no SQLSTATE, with the kind that db/ gave it where it arose. */
export class DatabaseFailure extends Error {
  override name = 'DatabaseFailure';
  /** The code of the failed system call, if there was one: `ECONNREFUSED`. */
  readonly code: string | undefined;

  constructor(
    readonly kind: FailureKind,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
    const { code } = (options.cause ?? {}) as DriverError;
    this.code = typeof code === 'string' ? code : undefined;
  }
}

interface DriverError {
  code?: unknown;
  constraint?: unknown;
  severity?: unknown;
  /** The driver's error inside an error of Objection. */
  nativeError?: unknown;
}

/** Returns the kind of a failure of the database. @returns `undefined` for every other error */
export function failureKind(thrown: unknown): FailureKind | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (thrown instanceof DatabaseFailure) return thrown.kind;
  const { nativeError } = thrown as DriverError;
  if (nativeError && nativeError !== thrown) return failureKind(nativeError);
  const sqlState = sqlStateOf(thrown);
  if (sqlState === undefined) return undefined;
  return CONNECTION_EXCEPTION.test(sqlState) ? 'unavailable' : KIND_OF_SQLSTATE[sqlState];
}

/** Returns the SQLSTATE of an error that PostgreSQL or a pooler reported. */
export function sqlStateOf(error: Error): string | undefined {
  const { code, severity } = error as DriverError;
  return typeof code === 'string' && severity !== undefined ? code : undefined;
}

/** Tells whether a system call failed because the database can't be reached. */
export function isUnavailableSystemError(error: Error): boolean {
  const { code } = error as DriverError;
  return typeof code === 'string' && UNAVAILABLE_SYSTEM_CODES.has(code);
}

/** Tells whether a value or a reference was refused by the tables: SQLSTATE classes 22 and 23. */
export function isRefusedData(thrown: unknown): thrown is Error {
  return thrown instanceof Error && /^2[23]/.test(sqlStateOf(thrown) ?? '');
}

/** Returns the name of the violated unique constraint. Row security hides the details of the error, not this name. */
export function violatedConstraint(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { constraint, nativeError } = thrown as DriverError;
  if (sqlStateOf(thrown) === '23505' && typeof constraint === 'string') return constraint;
  return nativeError && nativeError !== thrown ? violatedConstraint(nativeError) : undefined;
}
