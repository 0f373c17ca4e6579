import type { FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import { matchesETag } from '../http/etag.ts';

/**
 * Answers carry a tag of their body, and who has it already gets 304. Where the tag is a revision to be sent back with
 * `If-Match` there is no 304: the rest of the answer may differ.
 */
export function tagAnswers(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || reply.statusCode !== 200 || typeof payload !== 'string' || reply.hasHeader('etag')) {
      return done(null, payload);
    }
    const tag = `"${createHash('sha256').update(payload).digest('base64url').slice(0, 27)}"`;
    reply.header('etag', tag);
    if (!matchesETag(request.headers['if-none-match'], tag)) return done(null, payload);
    reply.code(304).removeHeader('content-length');
    done(null, null);
  });
}
