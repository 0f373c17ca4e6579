/**
 * Tells whether a client can read gzip: `Accept-Encoding` names it, and not with `q=0` (RFC 9110 12.5.3). A client
 * that sends only `*` gets the identity representation.
 */
export function acceptsGzip(acceptEncoding: string | string[] | undefined): boolean {
  if (acceptEncoding === undefined) return false;
  const header = typeof acceptEncoding === 'string' ? acceptEncoding : acceptEncoding.join(',');
  if (!/gzip/i.test(header)) return false;
  if (!header.includes(';')) return true;
  return header.split(',').some((coding) => {
    const [name = '', ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase());
    return (name === 'gzip' || name === 'x-gzip') && !parameters.some((one) => /^q=0(\.0{0,3})?$/.test(one));
  });
}
