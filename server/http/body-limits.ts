import type { FastifyRequest, preParsingHookHandler } from 'fastify';
import { Transform, type Readable } from 'node:stream';
import { AppError } from '../errors.ts';
import { isEncoded, unsupportedContentEncoding } from './media-types.ts';

/** The largest body of a caller that isn't authenticated (product.md 4): no sign-in form needs more. */
export const ANONYMOUS_BODY_MAX_BYTES = 65_536;
/** The largest body of an authenticated caller where the route sets no other limit. */
export const BODY_MAX_BYTES = 1_048_576;
/** The largest body of a route that takes whole prompts: 262,144 characters of template, escaped in JSON or a form. */
export const PROMPT_BODY_MAX_BYTES = 8 * 1_048_576;

/** The error for a body that is larger than the route accepts from this caller. */
export function payloadTooLarge(): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', 'The body is larger than this route accepts. Send less at once.', {
    reason: 'payload_too_large',
  });
}

function anonymousPayloadTooLarge(): AppError {
  return new AppError(
    'PAYLOAD_TOO_LARGE',
    `Without signing in, a body may have at most ${ANONYMOUS_BODY_MAX_BYTES / 1_024} kB. Sign in and try again.`,
    { reason: 'payload_too_large' },
  );
}

/** The error for a body that isn't JSON. */
export function malformedBody(): AppError {
  return new AppError('BAD_REQUEST', 'The body isn’t valid JSON. Correct it and send it again.', {
    reason: 'malformed',
  });
}

/** Refuses encoded bodies before they are read. */
export const refuseEncodedBody: preParsingHookHandler = (request, reply, payload, done) => {
  if (!isEncoded(request.headers['content-encoding']) || !hasBody(request)) return done(null, payload);
  reply.header('accept-encoding', 'identity');
  done(unsupportedContentEncoding());
};

/**
 * Holds a body to a limit that depends on the caller. A declared length is refused before anything is read, and Node's
 * parser holds the body to it. A chunked body is counted and cut off.
 *
 * @param tooLarge the error, thrown from here or by the stream
 */
export function limitBody<T extends Readable>(
  { headers }: FastifyRequest,
  body: T,
  maxBytes: number,
  tooLarge: () => AppError = payloadTooLarge,
): T | Transform {
  if (headers['transfer-encoding'] === undefined) {
    if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
    return body;
  }
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.byteLength;
      done(bytes > maxBytes ? tooLarge() : null, chunk);
    },
  });
  body.once('error', (error) => counted.destroy(error));
  return body.pipe(counted);
}

/** The same for a caller that isn't authenticated. */
export function limitAnonymousBody<T extends Readable>(request: FastifyRequest, body: T): T | Transform {
  return limitBody(request, body, ANONYMOUS_BODY_MAX_BYTES, anonymousPayloadTooLarge);
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
