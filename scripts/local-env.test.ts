import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '#server/config.ts';

const { localEnvironment } = (await import(new URL('./local-env.mjs', import.meta.url).href)) as {
  localEnvironment: (root: string, given: Record<string, string>) => Record<string, string>;
};

let clone: string;
beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'anvil-clone-'));
});
afterEach(() => rm(clone, { recursive: true }));

test('an empty environment becomes one that starts: loopback, embedded database, secrets', () => {
  const env = localEnvironment(clone, {});
  expect(env).toMatchObject({
    HOST: '127.0.0.1',
    APP_URL: 'http://localhost:4000',
    ANVIL_EMBEDDED_DATABASE: 'true',
    ANVIL_DATA_DIR: join(clone, '.anvil'),
    DRAIN_SECONDS: '0',
  });
  for (const name of ['SECRET_KEY_BASE', 'SESSION_SIGNING_SALT', 'SESSION_ENCRYPTION_SALT']) {
    expect(env[name], name).toMatch(/^[0-9a-f]{64}$/);
  }
});

test('secrets are written once, for the owner alone, and are the same at the next start', async () => {
  const first = localEnvironment(clone, {});
  const file = join(clone, '.anvil/secrets.env');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(clone, '.anvil'))).mode & 0o777).toBe(0o700);
  const text = await readFile(file, 'utf8');
  expect(localEnvironment(clone, {}).SECRET_KEY_BASE).toBe(first.SECRET_KEY_BASE);
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('two first starts at once end with the same secrets', async () => {
  const source = `
    const { localEnvironment } = await import(process.argv[1]);
    process.stdout.write(localEnvironment(process.argv[2], {}).SECRET_KEY_BASE);`;
  const module = new URL('./local-env.mjs', import.meta.url).href;
  const args = ['--input-type=module', '-e', source, module, clone];
  const starts = Array.from({ length: 8 }, () => promisify(execFile)(process.execPath, args));
  const secrets = (await Promise.all(starts)).map(({ stdout }) => stdout);
  expect(secrets[0]).toHaveLength(64);
  expect(new Set(secrets).size).toBe(1);
});

test('what is set stays: the environment before .env, .env before what is added', async () => {
  await writeFile(join(clone, '.env'), 'PORT=5000\nHOST=0.0.0.0\n');
  const env = localEnvironment(clone, { HOST: '::1' });
  expect(env).toMatchObject({ HOST: '::1', PORT: '5000', APP_URL: 'http://localhost:5000' });
});

test('a named database, host name or secret file is not overruled', () => {
  const env = localEnvironment(clone, {
    DATABASE_URL: 'postgres://db/anvil',
    PHX_HOST: 'anvil.example',
    SECRET_KEY_BASE_FILE: '/run/secrets/key',
  });
  expect(env).not.toHaveProperty('ANVIL_EMBEDDED_DATABASE');
  expect(env).not.toHaveProperty('APP_URL');
  expect(env).not.toHaveProperty('SECRET_KEY_BASE');
  expect(env.SESSION_SIGNING_SALT).toHaveLength(64);
});

test.each(['production', 'development'])('.env.example copied as it is starts in %s', async (mode) => {
  await copyFile(new URL('../.env.example', import.meta.url), join(clone, '.env'));
  const config = parseConfig(localEnvironment(clone, { NODE_ENV: mode }));
  expect(config).toMatchObject({ baseUrl: 'http://localhost:4000', database: { kind: 'embedded' } });
});
