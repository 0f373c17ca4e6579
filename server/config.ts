import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';

/** What the process runs with. Parsed once from the environment; everybody else is given the values. */
export interface Config {
  /** `production` is strict, `development` serves pages by Vite, `test` does neither. */
  mode: 'production' | 'development' | 'test';
  /** `https://anvil.example.com`, without a slash at the end. */
  baseUrl: string;
  host: string;
  port: number;
  secretKeyBase: string;
  /** While a secret is being changed: what it was before. */
  secretKeyBasePrevious: string | undefined;
  sessionSigningSalt: string;
  sessionEncryptionSalt: string;
  database: { kind: 'embedded' } | { kind: 'url'; url: string; directUrl: string };
  poolSize: number;
  dataDir: string;
  devPages: boolean;
  registrationsEnabled: boolean;
  apiKeysEnabled: boolean;
  /** Addresses or networks whose X-Forwarded-* headers are believed. */
  trustedProxies: string[];
  drainSeconds: number;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  keyCacheMaxSeconds: number;
}

export interface ConfigProblem {
  variable: string;
  /** What it wants, behind the name and a colon. */
  message: string;
}

/** The environment is wrong. The message names every wrong variable and what it wants; show it as it is. */
export class ConfigError extends Error {
  override name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(
      `The configuration is wrong:\n${problems.map(({ variable, message }) => `  ${variable}: ${message}`).join('\n')}`,
    );
  }
}

const SECRET_NAMES = [
  'SECRET_KEY_BASE',
  'SECRET_KEY_BASE_PREVIOUS',
  'SESSION_SIGNING_SALT',
  'SESSION_ENCRYPTION_SALT',
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
] as const;

/** What examples are recognised by: .env.example and the documentation mark each of theirs with such a word. */
const PUBLISHED_EXAMPLE = /example|change[-_ ]?me|replace[-_ ]?me|insecure|not-?secret/i;

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const flag = (otherwise: boolean) =>
  z
    .enum(['true', 'false'], { error: 'write true or false' })
    .optional()
    .transform((value) => (value === undefined ? otherwise : value === 'true'));

function whole(min: number, max: number, otherwise: number) {
  const error = `a whole number from ${min.toLocaleString('en-GB')} to ${max.toLocaleString('en-GB')}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error })
    .optional()
    .transform((value) => value ?? otherwise);
}

function secret(minLength: number) {
  const error = `at least ${minLength} random characters, such as from: openssl rand -hex ${Math.ceil(minLength / 2)}`;
  return z
    .string({ error })
    .min(minLength, { error })
    .refine((value) => new Set(value).size >= 8, { error });
}

const postgresUrl = z
  .string()
  .refine((value) => /^postgres(ql)?:$/.test(databaseUrlOf(value)?.protocol ?? ''), {
    error: 'a PostgreSQL URL, such as postgres://anvil:PASSWORD@db.internal:5432/anvil',
  });

const proxy = z.string().refine(
  (value) => {
    const [address = '', bits, more] = value.split('/');
    const version = isIP(address);
    if (version === 0 || more !== undefined) return false;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
  },
  { error: 'addresses or networks with commas between, such as 127.0.0.1,10.0.0.0/8' },
);

const environment = z.object({
  NODE_ENV: z
    .enum(['production', 'development', 'test'], { error: 'write production, development or test' })
    .default('production'),
  APP_URL: z
    .string()
    .refine((value) => /^https?:$/.test(urlOf(value)?.protocol ?? '') && urlOf(value)?.pathname === '/', {
      error: 'where people reach Anvil, scheme and host alone, such as https://anvil.example.com',
    })
    .optional(),
  PHX_HOST: z
    .string()
    .regex(/^[a-z0-9.-]+$/i, { error: 'a host name alone, such as anvil.example.com' })
    .optional(),
  HOST: z.string().default('::'),
  PORT: whole(0, 65_535, 4000),
  SECRET_KEY_BASE: secret(64),
  SECRET_KEY_BASE_PREVIOUS: secret(64).optional(),
  SESSION_SIGNING_SALT: secret(32),
  SESSION_ENCRYPTION_SALT: secret(32),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_DIRECT_URL: postgresUrl.optional(),
  POOL_SIZE: whole(1, 1_000, 10),
  ANVIL_DATA_DIR: z.string().default('./.anvil'),
  ANVIL_EMBEDDED_DATABASE: flag(false),
  ANVIL_DEV_PAGES: flag(false),
  ANVIL_INSECURE_HTTP: flag(false),
  ENABLE_REGISTRATIONS: flag(true),
  ENABLE_API_KEYS: flag(true),
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((value) => value.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(proxy)),
  DRAIN_SECONDS: whole(0, 600, 10),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  KEY_CACHE_MAX_SECONDS: whole(0, 86_400, 3_600),
});

/** What no variable shows by itself: which ones need or exclude each other, and what production refuses. */
function contradictions(env: Readonly<Record<string, string | undefined>>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const wrong = (variable: string, message: string) => problems.push({ variable, message });
  const production = (env.NODE_ENV ?? 'production') === 'production';
  const { APP_URL: appUrl, PHX_HOST: host, DATABASE_URL: databaseUrl } = env;

  if (appUrl && host && urlOf(appUrl)?.hostname !== host.toLowerCase())
    wrong('PHX_HOST', `names another host than APP_URL (${appUrl}); set one of the two`);
  if (!appUrl && !host && production)
    wrong('APP_URL', 'is missing: where people reach Anvil, such as https://anvil.example.com');
  const app = urlOf(appUrl ?? '');
  if (app?.protocol === 'http:' && !isLoopback(app.hostname) && env.ANVIL_INSECURE_HTTP !== 'true')
    wrong(
      'APP_URL',
      'use https: passwords and keys would cross the network unencrypted. ANVIL_INSECURE_HTTP=true allows it',
    );

  const embedded = env.ANVIL_EMBEDDED_DATABASE === 'true';
  if (databaseUrl && embedded)
    wrong('ANVIL_EMBEDDED_DATABASE', 'is true while DATABASE_URL names another database; set one of the two');
  if (!databaseUrl && !embedded && production)
    wrong(
      'DATABASE_URL',
      'is missing: a PostgreSQL URL (or ANVIL_EMBEDDED_DATABASE=true for the database that Anvil brings)',
    );
  if (env.DATABASE_DIRECT_URL && !databaseUrl)
    wrong(
      'DATABASE_DIRECT_URL',
      'is the way past a pooler to the database of DATABASE_URL, which is missing',
    );

  if (production && env.ANVIL_DEV_PAGES === 'true')
    wrong('ANVIL_DEV_PAGES', 'is for development; take it out in production');
  for (const name of production ? SECRET_NAMES : []) {
    const value = name.startsWith('DATABASE') ? databaseUrlOf(env[name] ?? '')?.password : env[name];
    if (value && PUBLISHED_EXAMPLE.test(value)) wrong(name, 'is a published example; make one of your own');
  }
  return problems;
}

/**
 * Reads the environment. Each secret may be given as `NAME_FILE`, a file that holds it. An empty variable is a
 * missing one; variables of others are ignored.
 *
 * @throws ConfigError naming each wrong variable and what it wants
 */
export function parseConfig(given: Readonly<Record<string, string | undefined>>): Config {
  const env = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const problems = SECRET_NAMES.flatMap((name) => readSecretFile(env, name));
  const parsed = environment.safeParse(env);
  for (const issue of parsed.error?.issues ?? []) {
    const variable = String(issue.path[0]);
    const message = env[variable] === undefined ? `is missing: ${issue.message}` : issue.message;
    problems.push({ variable, message });
  }
  problems.push(...contradictions(env));
  // One sentence for each: what a file or the variable itself has wrong comes before what follows from it.
  const first = new Map(
    problems.toReversed().map((problem) => [problem.variable.replace(/_FILE$/, ''), problem]),
  );
  if (!parsed.success || problems.length > 0) throw new ConfigError([...first.values()].reverse());

  const values = parsed.data;
  return {
    mode: values.NODE_ENV,
    baseUrl: baseUrlOf(values).origin,
    host: values.HOST,
    port: values.PORT,
    secretKeyBase: values.SECRET_KEY_BASE,
    secretKeyBasePrevious: values.SECRET_KEY_BASE_PREVIOUS,
    sessionSigningSalt: values.SESSION_SIGNING_SALT,
    sessionEncryptionSalt: values.SESSION_ENCRYPTION_SALT,
    database: values.DATABASE_URL
      ? {
          kind: 'url',
          url: verifiedUrl(values.DATABASE_URL),
          directUrl: verifiedUrl(values.DATABASE_DIRECT_URL ?? values.DATABASE_URL),
        }
      : { kind: 'embedded' },
    poolSize: values.POOL_SIZE,
    dataDir: values.ANVIL_DATA_DIR,
    devPages: values.ANVIL_DEV_PAGES || values.NODE_ENV === 'development',
    registrationsEnabled: values.ENABLE_REGISTRATIONS,
    apiKeysEnabled: values.ENABLE_API_KEYS,
    trustedProxies: values.TRUSTED_PROXIES,
    drainSeconds: values.DRAIN_SECONDS,
    logLevel: values.LOG_LEVEL,
    keyCacheMaxSeconds: values.KEY_CACHE_MAX_SECONDS,
  };
}

/** The environment of this process: the one place that reads it. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** @returns whether a host name means this machine alone */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}

function readSecretFile(env: Record<string, string | undefined>, name: string) {
  const variable = `${name}_FILE`;
  const path = env[variable];
  if (path === undefined) return [];
  if (env[name] !== undefined) return [{ variable, message: `is set beside ${name}; set one of the two` }];
  try {
    env[name] = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return [];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return [{ variable, message: `names a file that can’t be read: ${path} (${code})` }];
  }
}

function urlOf(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

/** `postgres://role@/database?host=/run/postgresql` (a socket) has no host, which PostgreSQL reads and URL does not. */
function databaseUrlOf(value: string): URL | undefined {
  return urlOf(value.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)\//, '$1localhost/'));
}

function baseUrlOf(env: { APP_URL?: string; PHX_HOST?: string; PORT: number }): URL {
  if (env.APP_URL) return new URL(env.APP_URL);
  const host = env.PHX_HOST ?? 'localhost';
  return new URL(isLoopback(host) ? `http://${host}:${env.PORT}` : `https://${host}`);
}

/** Off this machine the server has to prove who it is, unless the URL itself says otherwise (`sslmode=disable`). */
function verifiedUrl(value: string): string {
  const url = databaseUrlOf(value);
  const host = url?.searchParams.get('host') ?? url?.hostname ?? '';
  if (!url || host === '' || host.startsWith('/') || isLoopback(host)) return value;
  if (url.searchParams.has('sslmode')) return value;
  url.searchParams.set('sslmode', 'verify-full');
  return url.href;
}
