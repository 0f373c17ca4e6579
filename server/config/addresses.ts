/** @returns whether a host name means this machine alone */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}

/** @returns the URL, or undefined when it is none */
export function urlOf(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

/** `postgres://role@/database?host=/run/postgresql` (a socket) has no host, which PostgreSQL reads and URL does not. */
export function databaseUrlOf(value: string): URL | undefined {
  return urlOf(value.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)\//, '$1localhost/'));
}

/** `postgres://…` with its password unreadable, for people and logs. */
export function withoutPassword(value: string): string {
  return value.replace(/^([a-z+]+:\/\/[^/?#:@]*):[^/?#]*@/i, '$1:…@');
}

/**
 * Where PHX_HOST says that people reach Anvil: `https://HOST`, for a loopback name `http://HOST:PORT`.
 *
 * @param port as it stands in the environment
 */
export function originOfHost(host: string, port: string | number): string {
  return new URL(isLoopback(host) ? `http://${host}:${port}` : `https://${host}`).origin;
}

/**
 * Off this machine the server has to prove who it is, by the authorities in `ca` when given, unless the URL itself
 * says otherwise (`sslmode=disable`). The URL carries all of it, so that whatever connects by it is held to it.
 *
 * @param value `postgres://…`
 * @param ca path of a PEM file
 */
export function verifiedUrl(value: string, ca: string | undefined): string {
  const url = databaseUrlOf(value);
  const host = url?.searchParams.get('host') ?? url?.hostname ?? '';
  if (!url || host === '' || host.startsWith('/')) return value;
  const mode = url.searchParams.get('sslmode');
  if (mode === null) {
    if (isLoopback(host)) return value;
    url.searchParams.set('sslmode', 'verify-full');
  }
  if (ca !== undefined && mode !== 'disable' && !url.searchParams.has('sslrootcert'))
    url.searchParams.set('sslrootcert', ca);
  return url.href;
}

/**
 * Tells under which host names Anvil is served: that of APP_URL, those of ALLOWED_HOSTS, and loopback when Anvil listens
 * there.
 *
 * @returns a function that takes a host name in lower case without a port, an IPv6 address in brackets
 */
export function servedHosts(config: {
  baseUrl: string;
  host: string;
  allowedHosts: readonly string[];
}): (hostname: string) => boolean {
  const names = new Set([new URL(config.baseUrl).hostname, ...config.allowedHosts]);
  const listensOnLoopback = EVERY_ADDRESS.has(config.host) || isLoopback(config.host);
  return (hostname) => names.has(hostname) || (listensOnLoopback && isLoopback(hostname));
}

const EVERY_ADDRESS = new Set(['::', '0.0.0.0']);
