import { describe, expect, test } from 'vitest';
import { createKnownBrowsers } from './known-browsers.ts';
import { deriveSecretKeys } from './secret-keys.ts';

const SALTS = { sessionSigningSalt: 'a salt that signs' };
const keys = deriveSecretKeys({ secretKeyBase: 'today', ...SALTS });
const https = createKnownBrowsers(keys, { https: true });
const EMAIL = 'ada@example.com';

/** The pair of a Set-Cookie header as a browser sends it back. */
const pairOf = (set: string) => set.split(';')[0] ?? '';

describe('the cookie of a known browser', () => {
  test('is bound to one account, and names no address', () => {
    const set = https.mark(undefined, EMAIL);
    expect(set).toMatch(
      /^__Host-anvil_browser_[0-9a-f]{16}=[\w-]{22}\.[0-9a-f]{64}; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(https.find(pairOf(set), EMAIL)).toMatch(/^[\w-]{22}$/);
    expect(https.find(pairOf(set), 'grace@example.com')).toBeUndefined();
    expect(https.find(undefined, EMAIL)).toBeUndefined();
  });

  test('of several accounts lies beside each other, and a browser keeps its id', () => {
    const both = [EMAIL, 'grace@example.com'].map((email) => pairOf(https.mark(undefined, email))).join('; ');
    const id = https.find(both, EMAIL);
    expect(https.find(both, 'grace@example.com')).not.toBe(id);
    expect(https.find(pairOf(https.mark(both, EMAIL)), EMAIL)).toBe(id);
  });

  test('with another id, another signature or the name of another account is not accepted', () => {
    const pair = pairOf(https.mark(undefined, EMAIL));
    const other = pairOf(https.mark(undefined, 'grace@example.com'));
    const [name = ''] = pair.split('=');
    const forged = [
      pair.replace(/=./, (start) => (start === '=A' ? '=B' : '=A')),
      pair.replace(/.$/, (end) => (end === '0' ? '1' : '0')),
      `${name}=${other.split('=')[1] ?? ''}`,
      `${name}=`,
      `${name}=x.y`,
    ];
    for (const cookies of forged) expect(https.find(cookies, EMAIL)).toBeUndefined();
  });

  test('on plain http has no prefix and isn’t Secure', () => {
    const set = createKnownBrowsers(keys, { https: false }).mark(undefined, EMAIL);
    expect(set).toMatch(/^anvil_browser_/);
    expect(set).not.toContain('Secure');
  });

  test('is accepted while the secret is being changed, and not afterwards', () => {
    const cookies = pairOf(https.mark(undefined, EMAIL));
    const changing = deriveSecretKeys({ secretKeyBase: 'tomorrow', previous: 'today', ...SALTS });
    const changed = deriveSecretKeys({ secretKeyBase: 'tomorrow', ...SALTS });
    expect(createKnownBrowsers(changing, { https: true }).find(cookies, EMAIL)).toBeDefined();
    expect(createKnownBrowsers(changed, { https: true }).find(cookies, EMAIL)).toBeUndefined();
  });
});
