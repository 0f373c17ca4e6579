import { describe, expect, test } from 'vitest';
import { deriveSecretKeys, type SecretKeysInput } from './secret-keys.ts';

const input: SecretKeysInput = {
  secretKeyBase: 'a base of at least sixty-four characters, as the start demands it',
  sessionSigningSalt: 'the salt that signs, thirty-two characters',
};
const TOKEN = 'a token';

describe('session ids', () => {
  test('are the same on every server, and another with another base or signing salt', () => {
    const [id] = deriveSecretKeys(input).sessionIdsOf(TOKEN);
    expect(deriveSecretKeys(input).sessionIdsOf(TOKEN)).toEqual([id]);
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(deriveSecretKeys({ ...input, secretKeyBase: 'other' }).sessionIdsOf(TOKEN)).not.toContain(id);
    expect(deriveSecretKeys({ ...input, sessionSigningSalt: 'other' }).sessionIdsOf(TOKEN)).not.toContain(id);
  });

  test('while the base is being changed, those of the previous one are still looked for, after today’s', () => {
    const before = deriveSecretKeys(input).sessionIdsOf(TOKEN);
    const rotated = deriveSecretKeys({ ...input, secretKeyBase: 'new', previous: input.secretKeyBase });
    const [today] = deriveSecretKeys({ ...input, secretKeyBase: 'new' }).sessionIdsOf(TOKEN);
    expect(rotated.sessionIdsOf(TOKEN)).toEqual([today, ...before]);
  });
});

describe('mailed links', () => {
  test('have the same token on every server and another per link, which what is stored does not tell', () => {
    const keys = deriveSecretKeys(input);
    const token = keys.linkTokenOf('one');
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(deriveSecretKeys(input).linkTokenOf('one')).toBe(token);
    expect(keys.linkTokenOf('two')).not.toBe(token);
    for (const changed of [{ secretKeyBase: 'other' }, { sessionSigningSalt: 'other' }]) {
      const others = deriveSecretKeys({ ...input, ...changed });
      expect(others.linkTokenOf('one')).not.toBe(token);
      expect(others.linkHashesOf(token)).not.toContain(keys.linkHashesOf(token)[0]);
    }
    expect(keys.linkHashesOf(token)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(keys.linkHashesOf(token)[0]).not.toBe(keys.sessionIdsOf(token)[0]);
  });
});

describe('the set-up code', () => {
  const keys = deriveSecretKeys(input);

  test('is readable, and the same on every server', () => {
    expect(keys.setUpCode()).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(deriveSecretKeys(input).setUpCode()).toBe(keys.setUpCode());
    expect(deriveSecretKeys({ ...input, secretKeyBase: 'other' }).setUpCode()).not.toBe(keys.setUpCode());
  });

  test('is accepted as people type it', () => {
    const code = keys.setUpCode();
    const spoken = code.replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l');
    for (const typed of [code, code.toLowerCase(), ` ${code} `, spoken])
      expect(keys.isSetUpCode(typed)).toBe(true);
  });

  test('nothing else is', () => {
    const code = keys.setUpCode();
    const changed = (code.startsWith('A') ? 'B' : 'A') + code.slice(1);
    for (const typed of ['', '----', code.slice(1), `${code}A`, changed])
      expect(keys.isSetUpCode(typed)).toBe(false);
  });
});
