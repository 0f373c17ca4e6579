import { DatabaseFailure, failureKind, isUnavailableSystemError, sqlStateOf } from './errors.ts';

/**
 * Errors of pg and pg-pool that have no code, by their exact message. Each says that the connection is gone or was never
 * there. driver-errors.test.ts provokes each of them, so that an update of pg that rewords one is noticed.
 */
const CONNECTION_MESSAGES = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Query read timeout',
  'timeout expired',
]);

/** pg-pool: every connection was in use until the time to wait was over. */
const POOL_FULL_MESSAGE = 'timeout exceeded when trying to connect';

/**
 * Gives an error of a statement its kind, if the driver gave it no SQLSTATE. A bug, such as a value that can't be sent,
 * stays as it is.
 */
export function statementError(error: unknown): unknown {
  if (!(error instanceof Error) || failureKind(error) !== undefined || sqlStateOf(error) !== undefined)
    return error;
  if (error.message === POOL_FULL_MESSAGE)
    return new DatabaseFailure('busy', error.message, { cause: error });
  if (isUnavailableSystemError(error) || CONNECTION_MESSAGES.has(error.message))
    return new DatabaseFailure('unavailable', error.message, { cause: error });
  return error;
}

/**
 * Gives an error of a new connection its kind. Whatever the driver, TLS or the system call says: without a connection the
 * database can't be reached.
 */
export function connectionError(error: unknown): unknown {
  const known = statementError(error);
  if (!(known instanceof Error) || failureKind(known) !== undefined) return known;
  return new DatabaseFailure('unavailable', known.message, { cause: known });
}

/** Tells whether the statement was refused before it was sent, because its connection had failed earlier. */
export function isNeverSent(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.message === 'Client has encountered a connection error and is not queryable' ||
      error.message === 'Client was closed and is not queryable')
  );
}
