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
 * Reduces a target in absolute form (`GET http://host/path`) to its path. Its host replaces the Host header
 * (RFC 9112 3.2.2).
 *
 * @returns the target in origin form
 */
export function useOriginForm(request: IncomingMessage): string {
  const { url = '/', headers } = request;
  if (url.startsWith('/')) return url;
  const [, authority, target = ''] = ABSOLUTE_FORM.exec(url) ?? [];
  if (authority === undefined) return url;
  headers.host = authority.slice(authority.lastIndexOf('@') + 1);
  return target.startsWith('/') ? target : `/${target}`;
}
