import type { IncomingMessage, ServerResponse } from 'node:http';
import { bearerToken } from '../http/bearer.ts';
import type { Delivery } from './delivery.ts';
import type { Validity } from './freshness.ts';
import type { CachedKey } from './keys.ts';
import type { DeliveredPrompt, FoundPrompt } from './prompts.ts';
import { negotiate } from './representation.ts';

export const BY_ADDRESS = '/api/v1/prompts/by_address/';

/** The meaning of a URL for the keys of one organisation. */
export interface CachedResponse {
  /** Of the set: an event, an eviction or a newer read ends it. */
  validity: Validity;
  projectId: string;
  /** The key of the prompt in the cache. A response doesn't hold the prompt itself, so that evicting the prompt frees its memory. */
  cacheKey: string;
}

/** Answers a request if it can. @returns whether it did */
export type AnswerFromCache = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface FastPathOptions {
  delivery: Delivery;
  /** The headers of every response. */
  headers: Readonly<Record<string, string>>;
  requestIdOf: (request: IncomingMessage) => string;
  /** Called for every key that is used; records the time of use, outside of the request. */
  onKeyUsed: (key: CachedKey) => void;
  /** Called with each response that was sent, and its status. */
  onAnswered?: ((delivered: DeliveredPrompt, status: 200 | 304) => void) | undefined;
  /** False while starting and draining: responses carry more then, and the framework sends them. */
  isReady: () => boolean;
}

/** The headers of a response with a prompt, on the fast and on the slow path. */
export const PROMPT_HEADERS = { 'cache-control': 'private, no-cache', vary: 'accept-encoding' } as const;

/** An entry beside its URL. */
const RESPONSE_BYTES = 300;
/** Longer URLs are answered on the slow path: no address is as long, percent-encoded or not. */
const URL_MAX_LENGTH = 1_000;

/**
 * The fast path of the most frequent request: a prompt that a key of the same organisation has fetched by the same URL before.
 * It is answered ahead of the framework, whose routing and hooks cost more than the response itself. Everything else takes
 * the slow path, which sends the same bytes and headers.
 */
export function createFastPath(options: FastPathOptions): AnswerFromCache {
  const { delivery, requestIdOf, onKeyUsed, isReady } = options;
  const { keys, cache, freshness } = delivery;
  const fixed = Object.entries({ ...options.headers, ...PROMPT_HEADERS }).flat();

  return (request, response) => {
    const { method, url = '', headers } = request;
    if (method !== 'GET' || !url.startsWith(BY_ADDRESS) || !isReady()) return false;
    const token = bearerToken(headers.authorization);
    const key = token === undefined ? undefined : keys.peek(token);
    if (!key?.canReadPrompts) return false;
    const { organisationId, projectIds } = key.actor;
    const known = cache.get(organisationId, url) as CachedResponse | undefined;
    if (!known || !freshness.isFresh(known.validity)) return false;
    if (projectIds && !projectIds.includes(known.projectId)) return false;
    const delivered = cache.get(organisationId, known.cacheKey) as DeliveredPrompt | undefined;
    if (!delivered) return false;

    const id = requestIdOf(request);
    const { status, representation } = negotiate(delivered.representations, headers);
    if (status === 304) {
      response.writeHead(304, ['x-request-id', id, ...fixed, ...representation.unchangedHead]).end();
    } else {
      response
        .writeHead(200, ['x-request-id', id, ...fixed, ...representation.head])
        .end(representation.body, 'latin1');
    }
    onKeyUsed(key);
    options.onAnswered?.(delivered, status);
    return true;
  };
}

/** Remembers what a URL means, for the fast path. Drafts and what could not be verified are looked up each time. */
export function rememberResponse({ cache }: Pick<Delivery, 'cache'>, url: string, found: FoundPrompt): void {
  const { set, cacheKey, verifiedAt } = found;
  if (cacheKey === undefined || verifiedAt !== undefined || url.length > URL_MAX_LENGTH) return;
  const { organisationId, projectId, validity } = set;
  const bytes = RESPONSE_BYTES + url.length;
  cache.set(organisationId, url, { validity, projectId, cacheKey }, bytes);
}
