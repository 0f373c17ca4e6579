import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptsGzip } from './accept-encoding.ts';
import { gzipETag, matchesETag } from './etag.ts';

const TAG = '"abc"';

describe('If-None-Match', () => {
  test.each([
    '"abc"',
    'W/"abc"',
    '"abc-gzip"',
    'W/"abc-gzip"',
    '*',
    '"x", "abc"',
    '"x","abc","y"',
    ' W/"x" ,\tW/"abc"',
    ',,"abc"',
    '"a,b", "abc"',
    '"", "abc"',
  ])('%s matches the tag', (header) => expect(matchesETag(header, TAG)).toBe(true));

  test.each([
    undefined,
    '',
    'abc',
    '"ab"',
    '"abcd"',
    '"abc',
    'w/"abc"',
    '"x, abc"',
    '"abc-br"',
    '"x-gzip"',
    '"*"',
    '"x" * ',
    '"x"abc"',
  ])('%s does not match the tag', (header) => expect(matchesETag(header, TAG)).toBe(false));

  test('matches exactly the lists that hold the tag of a representation', () => {
    const opaque = fc.stringMatching(/^[!#-~]{0,8}$/);
    fc.assert(
      fc.property(opaque, fc.array(fc.tuple(opaque, fc.boolean())), (own, others) => {
        const etag = `"${own}"`;
        const tags = others.map(([tag]) => `"${tag}"`);
        const header = others.map(([tag, weak]) => `${weak ? 'W/' : ''}"${tag}"`).join(', ');
        expect(matchesETag(header, etag)).toBe(tags.includes(etag) || tags.includes(gzipETag(etag)));
      }),
      { numRuns: 10_000 },
    );
  });

  test('never throws and always ends, whatever the header is', () => {
    fc.assert(
      fc.property(fc.string(), (header) => void matchesETag(header, TAG)),
      { numRuns: 10_000 },
    );
  });
});

test('the gzip representation has another tag', () => expect(gzipETag(TAG)).toBe('"abc-gzip"'));

describe('Accept-Encoding', () => {
  test.each(['gzip', 'gzip, br', 'br;q=1.0, gzip;q=0.8', 'GZIP', 'deflate, x-gzip'])(
    '%s takes gzip',
    (header) => expect(acceptsGzip(header)).toBe(true),
  );
  test.each([undefined, '', 'identity', 'br', '*', 'gzip;q=0', 'gzip;q=0.000, br', 'gzip; q=0'])(
    '%s does not take gzip',
    (header) => expect(acceptsGzip(header)).toBe(false),
  );
});
