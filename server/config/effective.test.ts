import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../config.ts';
import { effectiveValues } from './effective.ts';
import { warningsOf } from './warnings.ts';

const secret = (seed: string) => `${seed}0123456789abcdef`.repeat(8).slice(0, 64);
const GOOD = {
  APP_URL: 'http://localhost:4000',
  DATABASE_URL: 'postgres://anvil:h1dden@localhost/anvil',
  SECRET_KEY_BASE: secret('a'),
  SESSION_SIGNING_SALT: secret('b'),
  SESSION_ENCRYPTION_SALT: secret('c'),
};

it('each value says where it comes from, and no secret is shown', () => {
  const folder = mkdtempSync(join(tmpdir(), 'anvil-effective-'));
  try {
    const file = join(folder, 'salt');
    writeFileSync(file, `${secret('f')}\n`);
    const values = effectiveValues({
      ...GOOD,
      SESSION_SIGNING_SALT: '',
      SESSION_SIGNING_SALT_FILE: file,
      PORT: '5',
    });
    const lines = values.map(({ name, value, source }) => `${name} ${value} (${source})`);
    expect(lines).toEqual(
      expect.arrayContaining([
        'APP_URL http://localhost:4000 (environment)',
        'PORT 5 (environment)',
        'HOST :: (default)',
        'SECRET_KEY_BASE … (64 characters) (environment)',
        `SESSION_SIGNING_SALT … (64 characters) (file ${file})`,
        'DATABASE_URL postgres://anvil:…@localhost/anvil (environment)',
        'ENABLE_MAGIC_LINKS true when mail is configured (default)',
      ]),
    );
    expect(lines.join('\n')).not.toMatch(/h1dden|0123456789abcdef/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.each<[Record<string, string>, RegExp]>([
  [{ APP_URL: 'http://anvil.lan', ANVIL_INSECURE_HTTP: 'true' }, /^APP_URL is plain http/],
  [{ APP_URL: 'https://anvil.acme.com' }, /TRUSTED_PROXIES is empty/],
  [
    { DATABASE_URL: 'postgres://a:b@db/anvil?sslmode=disable' },
    /^DATABASE_URL says sslmode=disable.*unencrypted/,
  ],
  [{ DATABASE_URL: 'postgres://a:b@db/anvil?sslmode=no-verify' }, /nothing proves whom/],
  [{ DATABASE_DIRECT_URL: 'postgres://a:b@db/anvil?sslmode=disable' }, /^DATABASE_DIRECT_URL says/],
  [
    { DATABASE_APPLICATION_URL: 'postgres://anvil_app:b@db/anvil?sslmode=disable' },
    /^DATABASE_APPLICATION_URL says/,
  ],
  [{ DATABASE_URL: '', ANVIL_EMBEDDED_DATABASE: 'true' }, /anvil-server export/],
  [{}, /^No mail can be sent/],
  [{ SECRET_KEY_BASE_PREVIOUS: secret('p') }, /^SECRET_KEY_BASE_PREVIOUS is set/],
  [{ SESSION_SIGNING_SALT: secret('a') }, /^Two of the three secrets are the same/],
])('%j deserves a second look', (env, warning) => {
  expect(warningsOf(parseConfig({ ...GOOD, ...env }))).toContainEqual(expect.stringMatching(warning));
});

it('a whole configuration gives no warning', () => {
  const env = {
    ...{ ...GOOD, APP_URL: 'https://anvil.acme.com', TRUSTED_PROXIES: '127.0.0.1' },
    ...{ SMTP_HOST: 'smtp.acme.com', FROM_EMAIL: 'anvil@acme.com' },
  };
  expect(warningsOf(parseConfig(env))).toEqual([]);
});
