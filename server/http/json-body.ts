import { endOfString } from '@anvil/core/json-text';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError, invalid } from '../errors.ts';
import { bearerToken } from './bearer.ts';
import { malformedBody } from './body-limits.ts';
import { checkJsonCost } from './json-cost.ts';
import { JSON_MEDIA_TYPE, unsupportedMediaType } from './media-types.ts';

/** Deeper than any input may be: a content holds parameters, whose fields may be nested, and values 100 deep. */
const JSON_DEPTH_MAX = 200;

const FORM_MEDIA_TYPE = 'application/x-www-form-urlencoded';

declare module 'fastify' {
  interface FastifyRequest {
    /** The text of the body, on routes with `keepsBodyText`. */
    bodyText?: string;
  }
  interface FastifyContextConfig {
    /** The route reads numbers from the text of the body, and judges itself which may be rounded. */
    keepsBodyText?: boolean;
  }
}

/**
 * Makes the routes of a scope take JSON and nothing else. `curl -d '{…}'` says that it sends a form. A caller with an
 * API key isn't a browser's form, so its body is read as JSON.
 *
 * @param checkNumbers judges the numbers of a body, on routes without `keepsBodyText`
 */
export function acceptJson(app: FastifyInstance, checkNumbers: (text: string) => AppError | undefined): void {
  app.removeAllContentTypeParsers();
  app.decorateRequest('bodyText');
  const parse = app.getDefaultJsonParser('error', 'error');
  const read = (
    request: FastifyRequest,
    text: string,
    done: (error: Error | null, body?: unknown) => void,
    notJson: () => AppError,
  ) => {
    if (text === '') return done(null, undefined);
    const tooCostly = checkJsonCost(text);
    if (tooCostly) return done(tooCostly);
    const keepsText = request.routeOptions.config.keepsBodyText === true;
    if (keepsText) request.bodyText = text;
    void parse(request, text, (error, body) => {
      if (error) return done(notJson());
      done(checkJsonText(text) ?? (keepsText ? undefined : checkNumbers(text)) ?? null, body);
    });
  };
  app.addContentTypeParser(JSON_MEDIA_TYPE, { parseAs: 'string' }, (request, body, done) =>
    read(request, body as string, done, malformedBody),
  );
  app.addContentTypeParser(FORM_MEDIA_TYPE, { parseAs: 'string' }, (request, body, done) => {
    const isForm = () => unsupportedMediaType(request);
    if (bearerToken(request.headers.authorization) === undefined) return done(isForm());
    read(request, body as string, done, isForm);
  });
}

/** Whether a text is JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Checks what JSON.parse lets pass: a key that stands twice in one object, of which parsers take different ones
 * (RFC 8259 4), and nesting that would exhaust the stack of the code that reads the value.
 *
 * @param text valid JSON; of anything else the result is arbitrary
 * @returns BAD_REQUEST `json.duplicate_key` or UNPROCESSABLE_CONTENT, or `undefined`
 */
export function checkJsonText(text: string): AppError | undefined {
  /** For each open object or list the keys seen; `undefined` for a list and for an object without keys so far. */
  const open: { keys: Set<string> | undefined; isObject: boolean }[] = [];
  let expectsKey = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) {
      const end = endOfString(text, at);
      if (end === -1) return undefined;
      const inside = open.at(-1);
      if (expectsKey && inside?.isObject) {
        const key = keyOf(text.slice(at, end + 1));
        inside.keys ??= new Set();
        if (key !== undefined && inside.keys.has(key)) return duplicateKey(key);
        if (key !== undefined) inside.keys.add(key);
        expectsKey = false;
      }
      at = end;
    } else if (character === OPEN_OBJECT || character === OPEN_LIST) {
      if (open.length === JSON_DEPTH_MAX)
        return invalid('', `The body is nested more than ${JSON_DEPTH_MAX} levels deep. Make it flatter.`);
      expectsKey = character === OPEN_OBJECT;
      open.push({ keys: undefined, isObject: expectsKey });
    } else if (character === CLOSE_OBJECT || character === CLOSE_LIST) {
      open.pop();
    } else if (character === COMMA) {
      expectsKey = open.at(-1)?.isObject ?? false;
    }
  }
  return undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The key as it reads, not as it is written: `"a"` and `"\u0061"` are one key. `undefined` when it isn't a string. */
function keyOf(written: string): string | undefined {
  if (!written.includes('\\')) return written.slice(1, -1);
  try {
    return JSON.parse(written) as string;
  } catch {
    return undefined;
  }
}

function duplicateKey(key: string): AppError {
  const shown = key.length > 60 ? `${key.slice(0, 60)}…` : key;
  const message = `The key "${shown}" stands twice in one object of the body. Remove one.`;
  return new AppError('BAD_REQUEST', message, {
    reason: 'json.duplicate_key',
    details: [{ field: shown, message }],
  });
}
