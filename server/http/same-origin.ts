import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';
import { bearerToken } from './bearer.ts';
import { hostnameOf, type ServesHost } from './hosts.ts';
import { isSafe } from './methods.ts';
import { isLinkPage } from './security-headers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Only people call the route, so an API key doesn't exempt a request from the check of its origin. */
    forPeople?: boolean;
  }
}

/**
 * Tells whether another site may have made the browser send a request. Browsers name the origin of a request by
 * `Sec-Fetch-Site`, older ones by `Origin`, whose host has to be the requested one (so 127.0.0.1 works where APP_URL
 * says localhost). A client that sends neither isn't a browser, unless it sends a cookie.
 *
 * @param host as requested, through trusted proxies
 * @param servesHost a proxy may replace the requested host by another one; `Origin` then names a host that Anvil serves
 */
export function mayBeForged(
  { origin, cookie, 'sec-fetch-site': site }: FastifyRequest['headers'],
  host: string,
  servesHost: ServesHost,
): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin === undefined) return site === undefined && cookie !== undefined;
  if (!URL.canParse(origin)) return true;
  const from = new URL(origin);
  // The default port may be given or left out.
  const asked = `${from.protocol}//${host}`;
  if (URL.canParse(asked) && new URL(asked).host === from.host && from.host !== '') return false;
  return site === undefined || !servesHost(hostnameOf(from.host));
}

/**
 * Refuses unsafe requests that another site may have caused. Programs with a bearer token are exempt: no browser adds
 * one by itself, and the cookie does not count beside it.
 */
export const sameOrigin = fp<{ servesHost: ServesHost }>(
  async (app, { servesHost }) => {
    app.addHook('onRequest', (request, _reply, done) => {
      const { method, headers, host, routeOptions } = request;
      if (isSafe(method)) return done();
      if (!routeOptions.config.forPeople && bearerToken(headers.authorization) !== undefined) return done();
      // A browser withholds the origin of the page that sends no referrer, and names it by Sec-Fetch-Site.
      const isOwnForm = headers.origin === 'null' && headers['sec-fetch-site'] === 'same-origin';
      if (isOwnForm && isLinkPage(request.url)) return done();
      if (!mayBeForged(headers, host, servesHost)) return done();
      done(
        new AppError('FORBIDDEN', 'This request came from another site. Open Anvil and try again there.', {
          reason: 'cross_origin',
        }),
      );
    });
  },
  { name: 'same-origin' },
);
