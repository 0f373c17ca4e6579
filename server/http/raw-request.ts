import type { IncomingMessage } from 'node:http';

/** Whether a request has more than one Host header, which RFC 9112 3.2 forbids. Node keeps only the first. */
export function hasSeveralHosts({ rawHeaders }: IncomingMessage): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count > 1;
}

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * Brings a request into the form that all later code expects, before it is routed.
 *
 * * A target in absolute form (`GET http://host/path`) is reduced to its path, and its host replaces the Host header
 *   (RFC 9112 3.2.2).
 * * Ports are removed from `X-Forwarded-For`. Some proxies append them, and each port would count as another caller.
 *
 * @returns the target in origin form
 */
export function normaliseRequest(request: IncomingMessage): string {
  const { url = '/', headers } = request;
  const forwarded = headers['x-forwarded-for'];
  if (typeof forwarded === 'string' && /[:[]/.test(forwarded))
    headers['x-forwarded-for'] = forwarded.split(',').map(withoutPort).join(', ');
  if (url.startsWith('/')) return url;
  const [, authority, target = ''] = ABSOLUTE_FORM.exec(url) ?? [];
  if (authority === undefined) return url;
  headers.host = authority.slice(authority.lastIndexOf('@') + 1);
  return target.startsWith('/') ? target : `/${target}`;
}

/** `192.0.2.1:1234` and `[2001:db8::1]:1234` without the port; other text unchanged. */
function withoutPort(address: string): string {
  const text = address.trim();
  return (
    /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/.exec(text)?.[1] ??
    /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ??
    text
  );
}
