import { expect, test } from 'vitest';
import { safePath } from './safe-path.ts';

test.each(['/', '/o/acme/support?tab=1#top', '/o/acme/-/api-keys'])('%s is a path of this site', (path) => {
  expect(safePath(path)).toBe(path);
});

test.each([
  '//evil.example',
  '/\\evil.example',
  '/.//evil.example',
  '/x/..//evil.example',
  '/\t/evil.example',
  'https://evil.example',
  'evil.example',
  'javascript:alert(1)',
  '',
  null,
  7,
])('%j leads nowhere else', (wanted) => {
  expect(safePath(wanted, '/home')).toBe('/home');
});
