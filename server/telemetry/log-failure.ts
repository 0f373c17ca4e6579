import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { AppError } from '../errors.ts';

/**
 * Logs what a request failed of: a bug as an error, which goes to the error reports too, with what was thrown; an
 * expected failure, such as a database that is away, as a warning. What the request itself did wrong is not logged.
 *
 * @param words say where; an expected failure says its own
 */
export function logFailure(log: FastifyBaseLogger, error: AppError, words: string): void {
  if (error.status < 500) return;
  if (error.code === 'INTERNAL_SERVER_ERROR') log.error({ err: error.cause ?? error }, words);
  else log.warn({ err: error.cause ?? error }, error.message);
}

/**
 * Logs from where somebody failed to sign in, or did something too often: an operator may want to shut them out. What
 * they typed is not in it.
 */
export function logRefusal({ log, ip }: Pick<FastifyRequest, 'log' | 'ip'>, error: AppError): void {
  const { code, reason } = error;
  if (reason === 'sign_in_failed' || code === 'TOO_MANY_REQUESTS') log.info({ ip, reason }, 'refused');
}
