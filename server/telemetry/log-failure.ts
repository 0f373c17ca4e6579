import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { AppError } from '../errors.ts';

/**
 * Logs why a request failed. A bug is an error with its stack, which also goes to the error reports. An expected failure,
 * such as a database that is away, is a warning of one line: during an outage each request writes one. What the caller did
 * wrong isn't logged.
 *
 * @param words where it failed; an expected failure has its own message
 */
export function logFailure(log: FastifyBaseLogger, error: AppError, words: string): void {
  if (error.status < 500) return;
  if (error.code === 'INTERNAL_SERVER_ERROR') log.error({ err: error.cause ?? error }, words);
  else log.warn({ reason: error.reason, cause: causeOf(error) }, error.message);
}

/** The innermost message: what the database or the system said. */
function causeOf({ cause }: Error): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  return causeOf(cause) ?? cause.message;
}

/**
 * Logs the address of a client that failed to sign in or sent too many requests, so that an operator can block it. The
 * log doesn't hold what the client sent. IPv4 addresses have the form that firewalls know, also if they were mapped to
 * IPv6 (`::ffff:192.0.2.1`), which a socket that listens on `::` does.
 */
export function logRefusal({ log, ip }: Pick<FastifyRequest, 'log' | 'ip'>, error: AppError): void {
  const { code, reason } = error;
  if (reason === 'sign_in_failed' || code === 'TOO_MANY_REQUESTS')
    log.info({ ip: ip.replace(/^::ffff:(?=\d+\.)/i, ''), reason }, 'refused');
}
