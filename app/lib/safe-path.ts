const BASE = 'http://anvil.invalid';

/**
 * Where to go after a form, as said by the form itself. Only a path of this site is taken, so that nobody can send
 * people elsewhere through our address (`//evil.example`, `/\evil.example`, `https:…`).
 *
 * @param wanted the untrusted value
 * @param otherwise taken when `wanted` isn't a path of this site
 */
export function safePath(wanted: unknown, otherwise = '/'): string {
  if (typeof wanted !== 'string' || !wanted.startsWith('/') || /[\\\p{Cc}]/u.test(wanted)) return otherwise;
  if (!URL.canParse(wanted, BASE)) return otherwise;
  const url = new URL(wanted, BASE);
  // `/.//evil.example` is a path of ours until its dot is resolved.
  const isOurs = url.host === 'anvil.invalid' && !url.pathname.startsWith('//');
  return isOurs ? url.pathname + url.search + url.hash : otherwise;
}
