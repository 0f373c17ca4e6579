import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from './config.ts';

const secret = (seed: string) => `${seed}0123456789abcdef`.repeat(8).slice(0, 64);
const SECRETS = {
  SECRET_KEY_BASE: secret('a'),
  SESSION_SIGNING_SALT: secret('b'),
  SESSION_ENCRYPTION_SALT: secret('c'),
};
const GOOD = {
  ...SECRETS,
  NODE_ENV: 'production',
  APP_URL: 'https://anvil.acme.com',
  DATABASE_URL: 'postgres://anvil:k3y@localhost/anvil',
};

/** What is wrong, by variable. */
function problemsOf(env: Record<string, string | undefined>): Record<string, string> {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError)
      return Object.fromEntries(error.problems.map(({ variable, message }) => [variable, message]));
    throw error;
  }
  return {};
}

describe('a configuration', () => {
  it('needs only secrets, a database and the address in production, and knows the rest', () => {
    expect(parseConfig({ ...GOOD, SOMEBODY_ELSES: 'value' })).toMatchObject({
      mode: 'production',
      baseUrl: 'https://anvil.acme.com',
      host: '::',
      port: 4000,
      poolSize: 10,
      drainSeconds: 10,
      devPages: false,
      registrationsEnabled: true,
      apiKeysEnabled: true,
      trustedProxies: [],
      clientIpHeader: undefined,
    });
  });

  it('is strict when NODE_ENV says nothing', () => {
    expect(parseConfig({ ...GOOD, NODE_ENV: undefined }).mode).toBe('production');
  });

  it('names every wrong variable at once and what it wants', () => {
    const problems = problemsOf({
      NODE_ENV: 'production',
      SECRET_KEY_BASE: 'short',
      SESSION_SIGNING_SALT: 'a'.repeat(64),
      PORT: '80 80',
      POOL_SIZE: '0',
      ENABLE_API_KEYS: 'yes',
      LOG_LEVEL: 'loud',
      TRUSTED_PROXIES: '10.0.0.0/8, load-balancer',
      DRAIN_SECONDS: '-1',
    });
    expect(Object.keys(problems).sort()).toEqual([
      'APP_URL',
      'DATABASE_URL',
      'DRAIN_SECONDS',
      'ENABLE_API_KEYS',
      'LOG_LEVEL',
      'POOL_SIZE',
      'PORT',
      'SECRET_KEY_BASE',
      'SESSION_ENCRYPTION_SALT',
      'SESSION_SIGNING_SALT',
      'TRUSTED_PROXIES',
    ]);
    expect(problems.SECRET_KEY_BASE).toMatch(/^at least 64 random characters/);
    expect(problems.SESSION_ENCRYPTION_SALT).toMatch(/^is missing: at least 32/);
    expect(problems.ENABLE_API_KEYS).toBe('write true or false');
    expect(problems.POOL_SIZE).toBe('a whole number from 1 to 1,000');
  });

  it.each(['SECRET_KEY_BASE', 'SESSION_SIGNING_SALT', 'SESSION_ENCRYPTION_SALT'])(
    'refuses a published example as %s in production and takes it in development',
    (name) => {
      const env = { ...GOOD, [name]: 'an-example-that-everybody-has-read-change-me-before-you-go-online!' };
      expect(problemsOf(env)).toEqual({ [name]: 'is a published example; make one of your own' });
      expect(problemsOf({ ...env, NODE_ENV: 'development' })).toEqual({});
    },
  );

  it('reads each secret from a file instead, without the line break at its end', () => {
    const folder = mkdtempSync(join(tmpdir(), 'anvil-config-'));
    try {
      const path = join(folder, 'secret');
      writeFileSync(path, `${secret('z')}\n`);
      const env = { ...GOOD, SECRET_KEY_BASE: undefined, SECRET_KEY_BASE_FILE: path };
      expect(parseConfig(env).secretKeyBase).toBe(secret('z'));
      expect(problemsOf({ ...GOOD, SECRET_KEY_BASE_FILE: path })).toHaveProperty('SECRET_KEY_BASE_FILE');
      expect(problemsOf({ ...env, SECRET_KEY_BASE_FILE: join(folder, 'none') })).toEqual({
        SECRET_KEY_BASE_FILE: expect.stringContaining('ENOENT') as string,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the address', () => {
  it.each([
    [{ APP_URL: undefined, PHX_HOST: 'anvil.acme.com' }, 'https://anvil.acme.com'],
    [{ APP_URL: undefined, PHX_HOST: 'localhost', PORT: '4100' }, 'http://localhost:4100'],
    [{ APP_URL: 'http://127.0.0.1:4000/' }, 'http://127.0.0.1:4000'],
    [{ PHX_HOST: 'anvil.acme.com' }, 'https://anvil.acme.com'],
    [{ APP_URL: 'http://anvil.lan', ANVIL_INSECURE_HTTP: 'true' }, 'http://anvil.lan'],
    [{ APP_URL: undefined, NODE_ENV: 'development', PORT: '4200' }, 'http://localhost:4200'],
  ])('of %j is %s', (env, baseUrl) => {
    expect(parseConfig({ ...GOOD, ...env }).baseUrl).toBe(baseUrl);
  });

  it.each([
    [{ PHX_HOST: 'other.acme.com' }, 'PHX_HOST'],
    [{ APP_URL: 'https://anvil.acme.com/path' }, 'APP_URL'],
    [{ APP_URL: 'anvil.acme.com' }, 'APP_URL'],
    [{ APP_URL: 'http://anvil.acme.com' }, 'APP_URL'],
    [{ APP_URL: undefined }, 'APP_URL'],
  ])('%j is refused', (env, variable) => {
    expect(Object.keys(problemsOf({ ...GOOD, ...env }))).toEqual([variable]);
  });
});

describe('the database', () => {
  it.each([
    ['postgres://anvil:k@localhost/anvil', 'postgres://anvil:k@localhost/anvil'],
    ['postgres://anvil@/anvil?host=/run/postgresql', 'postgres://anvil@/anvil?host=/run/postgresql'],
    ['postgres://anvil:k@db.acme.com/anvil', 'postgres://anvil:k@db.acme.com/anvil?sslmode=verify-full'],
    [
      'postgres://anvil:k@db.acme.com/anvil?sslmode=disable',
      'postgres://anvil:k@db.acme.com/anvil?sslmode=disable',
    ],
  ])('%s is reached by %s: off this machine it proves who it is', (given, url) => {
    expect(parseConfig({ ...GOOD, DATABASE_URL: given }).database).toEqual({
      kind: 'url',
      url,
      directUrl: url,
    });
  });

  it('is the embedded one in development, and in production by choice only', () => {
    const none = { ...GOOD, DATABASE_URL: undefined };
    expect(parseConfig({ ...none, NODE_ENV: 'development' }).database).toEqual({ kind: 'embedded' });
    expect(parseConfig({ ...none, ANVIL_EMBEDDED_DATABASE: 'true' }).database).toEqual({ kind: 'embedded' });
    expect(Object.keys(problemsOf(none))).toEqual(['DATABASE_URL']);
  });

  it.each([
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
    [{ ANVIL_EMBEDDED_DATABASE: 'true' }, 'ANVIL_EMBEDDED_DATABASE'],
    [
      { DATABASE_URL: undefined, ANVIL_EMBEDDED_DATABASE: 'true', DATABASE_DIRECT_URL: 'postgres://x/y' },
      'DATABASE_DIRECT_URL',
    ],
  ])('%j is refused', (env, variable) => {
    expect(Object.keys(problemsOf({ ...GOOD, ...env }))).toEqual([variable]);
  });
});

it('development pages are refused in production and there by themselves in development', () => {
  expect(Object.keys(problemsOf({ ...GOOD, ANVIL_DEV_PAGES: 'true' }))).toEqual(['ANVIL_DEV_PAGES']);
  expect(parseConfig({ ...GOOD, NODE_ENV: 'development' }).devPages).toBe(true);
});
