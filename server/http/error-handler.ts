import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, ERROR_TABLE, errorBody, toAppError } from '../errors.ts';
import { logFailure, logRefusal } from '../telemetry/log-failure.ts';

/** What Fastify itself refuses, by its codes. Its other 4xx are malformed requests. */
const FROM_FASTIFY: Record<string, () => AppError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new AppError('PAYLOAD_TOO_LARGE', 'This request is larger than Anvil takes here.', {
      reason: 'payload_too_large',
    }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send JSON, with the header "Content-Type: application/json".', {
      reason: 'unsupported_media_type',
    }),
  FST_ERR_CTP_EMPTY_JSON_BODY: () =>
    new AppError('BAD_REQUEST', 'The body is empty where JSON is needed.', { reason: 'malformed' }),
  FST_ERR_CTP_INVALID_JSON_BODY: () =>
    new AppError('BAD_REQUEST', 'The body is no valid JSON.', { reason: 'malformed' }),
};

/** The AppError for whatever a route or Fastify itself threw. */
export function errorOf(thrown: unknown): AppError {
  if (thrown instanceof AppError || !(thrown instanceof Error)) return toAppError(thrown);
  const { code, statusCode } = thrown as FastifyError;
  const known = FROM_FASTIFY[code];
  if (known) return known();
  if (/^FST_ERR_/.test(code) && statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new AppError('BAD_REQUEST', 'This is no request that Anvil can read.', {
      reason: 'malformed',
      cause: thrown,
    });
  if (thrown instanceof SyntaxError && statusCode === 400)
    return new AppError('BAD_REQUEST', 'The body is no valid JSON.', { reason: 'malformed', cause: thrown });
  return toAppError(thrown);
}

/** Answers with the one shape of errors; people who opened a page get a plain one. */
export function handleError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = errorOf(thrown);
  logFailure(request.log, error, 'request failed');
  logRefusal(request, error);
  sendError(error, request, reply);
}

/** Sends an expected error. */
export function sendError(error: AppError, request: FastifyRequest, reply: FastifyReply): void {
  reply.code(error.status).header('cache-control', 'no-store');
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  if (error.status === 401) reply.header('www-authenticate', 'Bearer realm="Anvil"');
  const wantsPage =
    /\btext\/html\b/.test(request.headers.accept ?? '') && !/^\/(api|trpc)\//.test(request.url);
  if (!wantsPage) {
    reply
      .type('application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(errorBody(error, request.id));
    return;
  }
  reply.type('text/html; charset=utf-8').serializer(String).send(plainPage(error, request.id));
}

/** Without styles and scripts: the pages themselves could not answer. */
function plainPage(error: AppError, requestId: string): string {
  const title = ERROR_TABLE[error.code].status;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · Anvil</title><h1>${title}</h1><p>${escape(error.message)}</p><p>Request ${escape(requestId)}</p><p><a href="/">To the start page</a></p></html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
