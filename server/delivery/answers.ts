import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseAddress, type Address } from '@anvil/core/address';
import { authorize, type Access } from '../auth/authorize.ts';
import { AppError } from '../errors.ts';
import { bearerToken } from '../http/bearer.ts';
import type { CachedKey } from './keys.ts';
import type { FoundPrompt } from './prompts.ts';
import { negotiate } from './representation.ts';
import { PROMPT_HEADERS } from './response-cache.ts';

/** The token. @throws AppError UNAUTHORIZED without one */
export function requireToken({ headers }: FastifyRequest): string {
  const token = bearerToken(headers.authorization);
  if (token !== undefined) return token;
  throw new AppError('UNAUTHORIZED', 'Send an API key as "Authorization: Bearer ank_…".', {
    reason: 'unauthenticated',
  });
}

/** Says what to write instead of a query parameter that other products have: `?label=production`. */
export function selectorAdvice({ url }: FastifyRequest): (name: string, value: unknown) => string {
  const path = url.slice(0, url.indexOf('?'));
  const prompt = path.slice(path.lastIndexOf('/') + 1).replace(/(@|%40).*$/i, '');
  return (name, value) => {
    const isSelector = /^(label|version|selector|tag|range)$/i.test(name) && typeof value === 'string';
    if (!isSelector || value === '' || value.length > 60) return 'Remove it.';
    return `Write ${prompt}@${value}, not ?${name}=${value}.`;
  };
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
