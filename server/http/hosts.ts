import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';
import { bearerToken } from './bearer.ts';
import { hasSeveralHosts } from './raw-request.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route answers under every name: probes and scrapers use addresses and names of their own. */
    anyHost?: boolean;
  }
}

/** Tells whether Anvil is served under a host name. IPv6 addresses have brackets. */
export type ServesHost = (hostname: string) => boolean;

/** A name or address, with or without a port (RFC 9112 3.2). */
const HOST_FORM = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]*)(?::\d{0,5})?$/i;

/**
 * Serves only the hosts of this instance (product.md 6). A foreign page whose name is made to resolve to this server
 * (DNS rebinding) would otherwise be of the same origin, and could register the first account of a fresh instance. A
 * valid API key is exempt: a foreign page has none.
 */
export const knownHosts = fp<{ servesHost: ServesHost }>(
  async (app, { servesHost }) => {
    app.addHook('onRequest', (request, _reply, done) => {
      if (hasSeveralHosts(request.raw) || !HOST_FORM.test(request.host)) return done(malformedHost());
      if (request.routeOptions.config.anyHost || servesHost(hostnameOf(request.host))) return done();
      if (bearerToken(request.headers.authorization) === undefined) return done(foreignHost(request));
      // A wrong key is refused as such.
      request.actor().then(() => done(), done);
    });
  },
  { name: 'known-hosts', dependencies: ['request-context'] },
);

/** @param host as in the Host header, with or without a port */
export function hostnameOf(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':');
  return (end > 0 ? host.slice(0, end) : host).toLowerCase();
}

function malformedHost(): AppError {
  return new AppError('BAD_REQUEST', 'The Host header is malformed, or there are several. Send one host.', {
    reason: 'malformed',
  });
}

function foreignHost({ host }: FastifyRequest): AppError {
  const name = hostnameOf(host);
  const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  return new AppError(
    'MISDIRECTED',
    `Anvil isn’t configured for the host "${shown}". If this is its address, set APP_URL to it or add it to ALLOWED_HOSTS.`,
    { reason: 'host.unknown' },
  );
}
