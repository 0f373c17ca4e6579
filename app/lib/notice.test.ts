import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_NOTICE, noticeFromCookie, redirectWithNotice } from './notice.server.ts';

/** The `Cookie` header that a browser sends after this response. */
function cookieAfter(response: Response): string {
  return (response.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
}

test('a notice survives its redirect for any sentence of up to 300 characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (sentence) => {
      const response = redirectWithNotice('/o/acme', { sentence, focus: 'label' });
      expect(response.status).toBe(303);
      expect(response.headers.get('Location')).toBe('/o/acme');
      expect(noticeFromCookie(`other=1; ${cookieAfter(response)}`)).toEqual({ sentence, focus: 'label' });
    }),
    { numRuns: 2_000 },
  );
});

test('a longer sentence is cut, so that the cookie stays below 4 kB', () => {
  const response = redirectWithNotice('/', { sentence: '客'.repeat(2_000) });
  expect(cookieAfter(response).length).toBeLessThan(4_000);
  expect(noticeFromCookie(cookieAfter(response))).toEqual({ sentence: '客'.repeat(300), focus: undefined });
});

test('a cookie that the server didn’t write is no notice', () => {
  for (const header of [
    null,
    '',
    'a=b',
    'anvil_notice=',
    'anvil_notice=%',
    'anvil_notice=[]',
    'anvil_notice={}',
  ])
    expect(noticeFromCookie(header)).toBeNull();
  expect(noticeFromCookie((NO_NOTICE.split(';')[0] ?? '').trim())).toBeNull();
});

test('a notice that was read is removed, so that the next page doesn’t say it again', () => {
  expect(NO_NOTICE).toMatch(/^anvil_notice=; Path=\/; Max-Age=0;/);
});
