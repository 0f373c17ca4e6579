import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseAddress, type Address } from '@anvil/core/address';
import { authorize, type Access } from '../auth/authorize.ts';
import { AppError, ERROR_TABLE, errorBody, toAppError } from '../errors.ts';
import { logFailure } from '../telemetry/log-failure.ts';
import { bearerToken } from '../http/bearer.ts';
import type { CachedKey } from './keys.ts';
import type { FoundPrompt } from './prompts.ts';
import { negotiate } from './representation.ts';
import { PROMPT_HEADERS } from './response-cache.ts';

/** The token. @throws AppError UNAUTHORIZED without one */
export function requireToken(request: FastifyRequest): string {
  const token = bearerToken(request.headers.authorization);
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

/** Sends a prompt in the encoding that the caller accepts, or 304 when the caller has it already. */
export function sendPrompt(
  request: FastifyRequest,
  reply: FastifyReply,
  { delivered, verifiedAt }: Pick<FoundPrompt, 'delivered' | 'verifiedAt'>,
): void {
  const { status, representation } = negotiate(delivered.representations, request.headers);
  const head = status === 304 ? representation.unchangedHead : representation.head;
  reply.code(status).headers(PROMPT_HEADERS);
  for (let at = 0; at < head.length; at += 2) reply.header(head[at] ?? '', head[at + 1]);
  markAge(reply, verifiedAt);
  if (status === 304) reply.send();
  else reply.send(Buffer.from(representation.body, 'latin1'));
}

/** Says when the database last confirmed a response that can't be verified now. */
export function markAge(reply: FastifyReply, verifiedAt: number | undefined): void {
  if (verifiedAt !== undefined) reply.header('anvil-verified-at', new Date(verifiedAt).toISOString());
}

/** Returns the age of a response that is made of several parts: that of the one confirmed the longest ago. */
export function oldest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
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
