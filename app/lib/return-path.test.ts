import { expect, test } from 'vitest';
import { returnPath, returnPathCookie } from './return-path.ts';

/** What a browser sends back. */
const sent = (path: string): string => `theme=dark; ${returnPathCookie(path).split(';')[0]}; other=1`;

test('the path comes back as it was', () => {
  for (const path of ['/o/acme/support/emails/letter', '/o/acme?after=a%20b;c', '/o/acme/é'])
    expect(returnPath(sent(path), '/')).toBe(new URL(path, 'http://a').href.slice('http://a'.length));
});

test('a cookie that is missing, broken or leads to another site is ignored', () => {
  for (const cookies of [
    null,
    '',
    'theme=dark',
    'anvil_return_path=%E0%A4%A',
    sent('//evil.example'),
    sent('https://evil.example'),
  ])
    expect(returnPath(cookies, '/o/acme')).toBe('/o/acme');
});

test('the cookie is removed after its use', () => {
  expect(returnPathCookie(undefined)).toMatch(/^anvil_return_path=; .*Max-Age=0/);
});
