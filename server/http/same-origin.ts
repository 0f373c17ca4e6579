import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';
import { hasBearer } from './request-context.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * Whether another site may have made the browser send this. Browsers say where a request comes from by
 * `Sec-Fetch-Site`, older ones by `Origin`, whose host has to be the one that was asked (so 127.0.0.1 works where
 * APP_URL says localhost). Who says neither is no browser, unless it carries a cookie.
 *
 * @param host as asked for, through trusted proxies
 */
export function mayBeForged(headers: FastifyRequest['headers'], host: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  if (origin === undefined) return headers.cookie !== undefined;
  return !URL.canParse(origin) || new URL(origin).host !== host.toLowerCase();
}

/**
 * Refuses unsafe requests that another site may have caused. Programs with a bearer token are exempt: no browser adds
 * one by itself, and the cookie does not count beside it.
 */
export const sameOrigin = fp(
  async (app) => {
    app.addHook('onRequest', (request, _reply, done) => {
      if (SAFE_METHODS.has(request.method) || hasBearer(request.headers.authorization)) return done();
      if (!mayBeForged(request.headers, request.host)) return done();
      done(
        new AppError('FORBIDDEN', 'This came from another site. Open Anvil itself and try again there.', {
          reason: 'cross_origin',
        }),
      );
    });
  },
  { name: 'same-origin' },
);
