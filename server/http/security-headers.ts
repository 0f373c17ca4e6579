import fp from 'fastify-plugin';
import { randomBytes } from 'node:crypto';

/** With `no-referrer`, browsers send `Origin: null` with our own forms, and older ones nothing else to judge them by. */
const REFERRER_POLICY = 'same-origin';
/** Pages whose address holds the token of a mailed link. */
const LINK_PATH = /^\/link(\.data)?(\?|$)/;
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

/**
 * Returns the policy of a page whose address holds a secret, because the referrer of what it loads would repeat it in
 * logs. Browsers send `Sec-Fetch-Site` only over https and to loopback. On other plain http the form would be refused
 * with `no-referrer`, so the referrer there is the origin without a path.
 *
 * @param url path and query of the request
 * @returns undefined for any other page
 */
export function referrerPolicyOf(url: string, { secure }: { secure: boolean }): string | undefined {
  if (!isLinkPage(url)) return undefined;
  return secure ? 'no-referrer' : 'origin';
}

/** @param url path and query of a request */
export function isLinkPage(url: string): boolean {
  return LINK_PATH.test(url);
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
