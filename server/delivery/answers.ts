import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseAddress, type Address } from '@anvil/core/address';
import { authorize, type Access } from '../auth/authorize.ts';
import { AppError, ERROR_TABLE, errorBody, toAppError } from '../errors.ts';
import { logFailure } from '../telemetry/log-failure.ts';
import type { CachedKey } from './keys.ts';
import { JSON_TYPE, PROMPT_HEADERS } from './known-answers.ts';
import type { Answer } from './prompts.ts';

/** The token of `Authorization: Bearer …`, if there is one. */
export function bearerToken(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  return authorization?.startsWith('Bearer ') ? authorization.slice(7).trim() : undefined;
}

/** The token. @throws AppError UNAUTHORIZED without one */
export function requireToken(request: FastifyRequest): string {
  const token = bearerToken(request);
  if (token) return token;
  throw new AppError('UNAUTHORIZED', 'Send an API key as "Authorization: Bearer ank_…".', {
    reason: 'unauthenticated',
  });
}

/**
 * Reads the address of one prompt and what the key may do there.
 *
 * @param text as it stands in the URL, percent-encoded or not
 * @throws AppError BAD_REQUEST `address.invalid` · NOT_FOUND another organisation · FORBIDDEN the key lacks the scope
 */
export function readPromptAddress(
  key: CachedKey,
  text: string,
): { access: Access; address: Address & { prompt: string } } {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw wrongAddress(parsed.message);
  const { address } = parsed;
  const { prompt } = address;
  if (prompt === undefined) {
    throw wrongAddress(
      'This address names a whole prompt set. Add a prompt: project/prompt_set/prompt@selector.',
    );
  }
  const permission = address.selector.kind === 'draft' ? 'drafts.read' : 'prompts.read';
  const access = authorize(key.actor, permission, address.organisation);
  return { access, address: { ...address, prompt } };
}

function wrongAddress(message: string): AppError {
  return new AppError('BAD_REQUEST', message, {
    reason: 'address.invalid',
    details: [{ field: 'address', message }],
  });
}

/** Sends a prompt: 304 when the caller has it, compressed when they can read that. */
export function sendPrompt(
  request: FastifyRequest,
  reply: FastifyReply,
  { delivered, verifiedAt }: Answer,
): void {
  reply.headers(PROMPT_HEADERS).header('etag', delivered.etag);
  markAge(reply, verifiedAt);
  if (request.headers['if-none-match'] === delivered.etag) {
    reply.code(304).send();
    return;
  }
  reply.header('content-type', JSON_TYPE);
  if (delivered.gzip && request.headers['accept-encoding']?.includes('gzip')) {
    reply.header('content-encoding', 'gzip').send(Buffer.from(delivered.gzip, 'latin1'));
  } else {
    reply.send(Buffer.from(delivered.body, 'latin1'));
  }
}

/** Says when the database last confirmed an answer that it could not be asked about now. */
export function markAge(reply: FastifyReply, verifiedAt: number | undefined): void {
  if (verifiedAt !== undefined) reply.header('anvil-verified-at', new Date(verifiedAt).toISOString());
}

/** Sends an error in REST's form; what is no expected error is logged and says nothing of itself. */
export function sendError(request: FastifyRequest, reply: FastifyReply, thrown: unknown): void {
  const error = toAppError(thrown);
  logFailure(request.log, error, 'delivery failed');
  if (error.code === 'UNAUTHORIZED') reply.header('www-authenticate', 'Bearer');
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds);
  reply
    .code(ERROR_TABLE[error.code].status)
    .header('cache-control', 'no-store')
    .send(errorBody(error, request.id));
}
