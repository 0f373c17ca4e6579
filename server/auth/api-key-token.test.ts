import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashApiKeyToken, looksLikeApiKey, newApiKeyToken, startOfApiKeyToken } from './api-key-token.ts';

test('a new token looks like one, is 53 letters and digits with its prefix, and never comes twice', () => {
  const tokens = Array.from({ length: 2_000 }, newApiKeyToken);
  for (const token of tokens) {
    expect(token).toMatch(/^ank_[0-9A-Za-z]{49}$/);
    expect(looksLikeApiKey(token)).toBe(true);
  }
  expect(new Set(tokens).size).toBe(tokens.length);
});

test('a token with one character changed, or two swapped, or cut is told without the database', () => {
  const token = newApiKeyToken();
  const digit = fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 52 }), digit, (at, character) => {
      const changed = token.slice(0, at) + character + token.slice(at + 1);
      return looksLikeApiKey(changed) === (changed === token);
    }),
    { numRuns: 10_000 },
  );
  for (let at = 4; at < 52; at += 1) {
    const swapped = token.slice(0, at) + token.charAt(at + 1) + token.charAt(at) + token.slice(at + 2);
    expect(looksLikeApiKey(swapped)).toBe(swapped === token);
  }
  for (const cut of [
    '',
    'ank_',
    token.slice(0, -1),
    token.slice(1),
    `${token} `,
    `${token}\n`,
    token.toUpperCase(),
  ]) {
    expect(looksLikeApiKey(cut)).toBe(false);
  }
});

test('what is stored is SHA-256 of the whole token, and what is shown are its first ten characters', () => {
  // printf %s ank_example | sha256sum
  expect(hashApiKeyToken('ank_example')).toBe(
    '6fb165d12222fe7f798e4089208a76147bdb93a0b84c88bec98c7b2c7060d8d2',
  );
  expect(startOfApiKeyToken('ank_ABCDEFGHIJ')).toBe('ank_ABCDEF');
});
