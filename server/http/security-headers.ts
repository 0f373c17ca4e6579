import fp from 'fastify-plugin';
import { randomBytes } from 'node:crypto';

/** Not `no-referrer`: browsers would send `Origin: null` with our own forms then. */
const REFERRER_POLICY = 'same-origin';
const YEAR_SECONDS = 31_536_000;

/**
 * The headers of every answer. A fixed table instead of helmet's functions for each header and request: the hot path
 * sends them too.
 *
 * @param secure whether this instance is reached by https; some headers would lock people out of a plain http one
 */
export function securityHeaders(secure: boolean): Readonly<Record<string, string>> {
  return {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'referrer-policy': REFERRER_POLICY,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...(secure
      ? {
          'cross-origin-opener-policy': 'same-origin',
          'origin-agent-cluster': '?1',
          'strict-transport-security': `max-age=${YEAR_SECONDS}`,
        }
      : {}),
  };
}

/**
 * What a page may load and run: only ours, and of inline scripts only those that carry the nonce. Styles may be
 * inline (React and CodeMirror write style attributes and sheets), which runs nothing.
 *
 * @param development Vite's client opens a web socket
 */
export function pagePolicy(
  nonce: string,
  { secure, development }: { secure: boolean; development: boolean },
): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${development ? ' ws: wss:' : ''}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(secure ? ['upgrade-insecure-requests'] : []),
  ].join('; ');
}

/** @returns a fresh nonce of 128 bits */
export function makeNonce(): string {
  return randomBytes(16).toString('base64');
}

/** Every answer carries the headers; pages put their own policy in place of the closed one. */
export const securityHeadersPlugin = fp<{ headers: Readonly<Record<string, string>> }>(
  async (app, options) => {
    const headers = { 'cache-control': 'private, no-cache', ...options.headers };
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(headers);
      done();
    });
  },
  { name: 'security-headers' },
);
