import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, toAppError } from '../errors.ts';
import { logFailure, logRefusal } from '../telemetry/log-failure.ts';
import { malformedBody, payloadTooLarge } from './body-limits.ts';
import { sendError } from './error-response.ts';
import { unsupportedMediaType } from './media-types.ts';

/** The errors of Fastify that have a reason of their own, by code. Its other 4xx are malformed requests. */
const FROM_FASTIFY: Record<string, (request: FastifyRequest) => AppError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: payloadTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: unsupportedMediaType,
  FST_ERR_CTP_INVALID_JSON_BODY: malformedBody,
};

/** Turns what a route or Fastify threw into the error to send. */
export function errorOf(thrown: unknown, request: FastifyRequest): AppError {
  if (thrown instanceof AppError || !(thrown instanceof Error)) return toAppError(thrown);
  const { code, statusCode } = thrown as FastifyError;
  const known = FROM_FASTIFY[code];
  if (known) return known(request);
  if (/^FST_ERR_/.test(code) && statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new AppError('BAD_REQUEST', 'Anvil can’t read this request.', {
      reason: 'malformed',
      cause: thrown,
    });
  return toAppError(thrown);
}

/** Logs what a route threw, and answers with the one shape of errors. */
export function handleError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = errorOf(thrown, request);
  logError(error, request);
  sendError(error, request, reply);
}

/** Logs a failure of Anvil, and a refusal that an operator may want to act on. */
export function logError(error: AppError, request: FastifyRequest): void {
  logFailure(request.log, error, 'request failed');
  logRefusal(request, error);
}
