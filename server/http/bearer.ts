const SCHEME = 'bearer';
const SPACE = 0x20;

/**
 * Reads the token of `Authorization: Bearer …`. The scheme is case-insensitive (RFC 9110 11.1) and any number of spaces
 * may follow it (RFC 6750 2.1). The hot path calls this for each request, so it runs no regular expression.
 *
 * @returns the token, or `undefined` when the header is missing, names another scheme or holds no single token
 */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization?.charCodeAt(SCHEME.length) !== SPACE) return undefined;
  const scheme = authorization.slice(0, SCHEME.length);
  if (scheme !== 'Bearer' && scheme.toLowerCase() !== SCHEME) return undefined;
  const token = authorization.slice(SCHEME.length + 1).trim();
  return token === '' || token.includes(' ') ? undefined : token;
}
