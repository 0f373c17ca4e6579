const GZIP_SUFFIX = '-gzip"';

/**
 * Returns the tag of the gzip representation: `"abc"` becomes `"abc-gzip"`. Two representations of one resource have
 * different strong tags (RFC 9110 8.8.3).
 *
 * @param etag a strong tag of the identity representation, with its quotes
 */
export function gzipETag(etag: string): string {
  return etag.slice(0, -1) + GZIP_SUFFIX;
}

/**
 * Compares `If-None-Match` with the tag of a resource as RFC 9110 13.1.2 says: weakly, for `*` and for each tag of a
 * list. The tag of either representation, identity or gzip, matches.
 *
 * @param ifNoneMatch the header; a malformed one matches up to the place where it is malformed
 * @param etag a strong tag of the identity representation, with its quotes
 */
export function matchesETag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === etag || ifNoneMatch === '*') return true;
  const end = ifNoneMatch.length;
  let at = 0;
  for (;;) {
    while (at < end && isSeparator(ifNoneMatch.charCodeAt(at))) at++;
    if (ifNoneMatch.startsWith('W/', at)) at += 2;
    if (ifNoneMatch.charCodeAt(at) !== QUOTE) return false;
    const close = ifNoneMatch.indexOf('"', at + 1);
    if (close === -1) return false;
    if (isTagOf(ifNoneMatch, at, close + 1, etag)) return true;
    at = close + 1;
  }
}

const QUOTE = 0x22;

/** Whether a character may stand between two tags of a list: a comma, a space or a tab. */
function isSeparator(code: number): boolean {
  return code === 0x2c || code === 0x20 || code === 0x09;
}

/** Whether the text from `start` to `end` is the tag or the tag of its gzip representation. */
function isTagOf(text: string, start: number, end: number, etag: string): boolean {
  const length = end - start;
  if (length === etag.length) return text.startsWith(etag, start);
  return (
    length === etag.length - 1 + GZIP_SUFFIX.length &&
    text.startsWith(etag.slice(0, -1), start) &&
    text.startsWith(GZIP_SUFFIX, start + etag.length - 1)
  );
}
