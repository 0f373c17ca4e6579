import type { FastifyRequest, RouteOptions } from 'fastify';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { doOnce } from '../services/idempotency.ts';
import type { RestApp } from './app.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Takes an `Idempotency-Key`. Set by keepAnswers for every POST that doesn't stream. */
    idempotent?: boolean;
    /** The answer holds a secret and is never kept. @returns the id of what was made */
    secretOf?: (body: unknown) => string;
  }
}

const KEY_FORM = /^[\x21-\x7e]{1,255}$/;
/** Headers of an answer that come again with it. */
const KEPT_HEADERS = ['location', 'etag'] as const;

/** The header as it is documented. */
export const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(KEY_FORM)
  .optional()
  .describe(
    'A new text for each request, such as a UUID. Send the same one when you repeat a request whose response was lost. ' +
      'The work is done once. For 24 hours its response is sent again, with `Idempotent-Replayed: true`. With another ' +
      'body the answer is 422, and while the first request is running 409. Failed requests aren’t stored. A response ' +
      'with a secret isn’t sent again: the answer is 409 with the id in `error.data`.',
  );

/**
 * Makes every POST that is registered from now on take an `Idempotency-Key`. Such a route returns its body and doesn't
 * send it: the answer goes out when the transaction has committed. Left out are streams (an import, whose equal rows
 * change nothing when it is sent again) and what writes nothing (render and resolve, plain routes elsewhere).
 */
export function keepAnswers(app: RestApp): void {
  app.addHook('onRoute', (route: RouteOptions) => {
    if (route.method !== 'POST' || route.config?.streamsBody) return;
    route.config = { ...route.config, idempotent: true };
    const { handler } = route;
    const { secretOf } = route.config;
    route.handler = async function (request, reply) {
      const key = request.headers['idempotency-key'];
      if (key === undefined) return handler.call(this, request, reply);
      const answer = await doOnce(
        await request.serviceContext(),
        identify(request, String(key)),
        async () => {
          const body: unknown = await handler.call(this, request, reply);
          if (body === undefined || reply.sent) throw new Error(`${route.url} sends its answer by itself`);
          const headers: Record<string, string> = {};
          for (const name of KEPT_HEADERS) {
            const value = reply.getHeader(name);
            if (value !== undefined) headers[name] = String(value);
          }
          return { status: reply.statusCode, headers, body };
        },
        secretOf,
      );
      if (answer.replayed) reply.header('idempotent-replayed', 'true');
      reply.code(answer.status).headers(answer.headers);
      return answer.body;
    };
  });
}

function identify(request: FastifyRequest, key: string) {
  if (!KEY_FORM.test(key)) {
    throw new AppError(
      'BAD_REQUEST',
      'An Idempotency-Key is 1 to 255 printable characters, such as a UUID.',
      {
        reason: 'idempotency_key.invalid',
      },
    );
  }
  const { query, body, headers } = request;
  const [path = ''] = request.url.split('?', 1);
  const { organisation } = query as { organisation?: string };
  return { key, path, organisation, asked: [query, body ?? null, headers['if-match'] ?? null] };
}
