import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Delivery } from './delivery.ts';
import { isFresh } from './freshness.ts';
import type { CachedKey } from './keys.ts';
import type { Answer, Delivered } from './prompts.ts';
import type { CachedSet } from './sets.ts';

export const BY_ADDRESS = '/api/v1/prompts/by_address/';
/** How many answers are remembered by their very URL, for each key. */
const ANSWERS_PER_KEY_MAX = 10_000;

/** What the very same URL with the same key was answered. */
export interface KnownAnswer {
  /** Held by the prompt cache alone: what it lets go to make room has to be gone. */
  delivered: WeakRef<Delivered>;
  /** While it is valid and fresh, nothing has moved. */
  set: CachedSet;
  /** Names and values in turn, as writeHead takes them, but for the request's id. */
  head: { plain: string[]; gzip: string[]; unchanged: string[] };
}

/** Answers a request if that is all there is to do. @returns whether it has */
export type AnswerKnown = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface KnownAnswersOptions {
  delivery: Delivery;
  /** What every answer carries. */
  headers: Readonly<Record<string, string>>;
  requestIdOf: (request: IncomingMessage) => string;
  /** Called for every key that is used; notes the time of use, outside of the request. */
  onKeyUsed: (key: CachedKey) => void;
  /** Told of each answer that went out, with its status. */
  onAnswered?: ((delivered: Delivered, status: 200 | 304) => void) | undefined;
  /** False while starting and draining: answers carry more then, and the framework gives them. */
  isReady: () => boolean;
  /** Milliseconds since 1970. */
  now: () => number;
}

/**
 * The short way of the hottest request, a prompt that the same key has fetched by the same URL before: answered ahead
 * of the framework, whose routing and hooks cost more than the answer itself. Everything else takes the long way, which
 * sends the same bytes and headers.
 */
export function createKnownAnswers(options: KnownAnswersOptions): AnswerKnown {
  const { delivery, requestIdOf, onKeyUsed, isReady, now } = options;
  const fixed = Object.entries({ ...options.headers, ...PROMPT_HEADERS }).flat();

  return (request, response) => {
    const { method, url = '', headers } = request;
    if (method !== 'GET' || !url.startsWith(BY_ADDRESS) || !isReady()) return false;
    const { authorization } = headers;
    if (!authorization?.startsWith('Bearer ')) return false;
    const key = delivery.keys.peek(authorization.slice(7));
    const known = key?.answers.get(url);
    if (!key || !known?.set.valid || !isFresh(delivery.freshness, known.set.verifiedAt, now())) return false;
    const delivered = known.delivered.deref();
    if (!delivered) return false;

    const { head } = known;
    const id = requestIdOf(request);
    const isUnchanged = headers['if-none-match'] === delivered.etag;
    if (isUnchanged) {
      response.writeHead(304, ['x-request-id', id, ...fixed, ...head.unchanged]).end();
    } else if (delivered.gzip && headers['accept-encoding']?.includes('gzip')) {
      response.writeHead(200, ['x-request-id', id, ...fixed, ...head.gzip]).end(delivered.gzip, 'latin1');
    } else {
      response.writeHead(200, ['x-request-id', id, ...fixed, ...head.plain]).end(delivered.body, 'latin1');
    }
    onKeyUsed(key);
    options.onAnswered?.(delivered, isUnchanged ? 304 : 200);
    return true;
  };
}

/** What an answer with a prompt says of itself, whichever way it takes. */
export const PROMPT_HEADERS = { 'cache-control': 'private, no-cache', vary: 'accept-encoding' } as const;

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Remembers an answer that was current, for the short way. */
export function rememberAnswer(key: CachedKey, url: string, { delivered, set, verifiedAt }: Answer): void {
  // A draft has no set, and what could not be verified is looked up again.
  if (!set || verifiedAt !== undefined) return;
  if (key.answers.size >= ANSWERS_PER_KEY_MAX) key.answers.clear();
  const { etag, body, gzip } = delivered;
  const withBody = ['etag', etag, 'content-type', JSON_TYPE, 'content-length'];
  key.answers.set(url, {
    delivered: new WeakRef(delivered),
    set,
    head: {
      plain: [...withBody, String(body.length)],
      gzip: [...withBody, String(gzip?.length ?? 0), 'content-encoding', 'gzip'],
      unchanged: ['etag', etag],
    },
  });
}
