import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, parseConfig, type Config } from '../config.ts';
import { isSecret } from './read.ts';
import { VARIABLE_NAMES, VARIABLES, type Variable, type VariableName } from './variables.ts';

const secret = (seed: string) => `${seed}0123456789abcdef`.repeat(8).slice(0, 64);
const PRODUCTION = {
  NODE_ENV: 'production',
  APP_URL: 'https://anvil.acme.com',
  DATABASE_URL: 'postgres://anvil:k3y@localhost/anvil',
  SECRET_KEY_BASE: secret('a'),
  SESSION_SIGNING_SALT: secret('b'),
  SESSION_ENCRYPTION_SALT: secret('c'),
};
const SMTP = { SMTP_HOST: 'smtp.acme.com', FROM_EMAIL: 'anvil@acme.com' };

type Environment = Record<string, string | undefined>;

interface Row {
  /** What production says of a start without it; null: it starts. */
  missing: RegExp | null;
  /** Texts that are refused for what they are. */
  malformed: readonly string[];
  /** One that would be right but for its length. */
  tooShort?: string;
  /** What has stood in instructions; secrets have some. */
  published?: readonly string[];
  /** One that is taken, what else it needs, and what becomes of it. */
  taken: { value: string; with?: Environment; gives: Partial<Config> };
}

const NOT_WHOLE = ['', 'ten', '-1', '1.5', '1e3', '0x10', '9999999999', ' 1'].slice(1);
const NOT_FLAG = ['yes', 'TRUE', '1', ' true'];
const NOT_POSTGRES = ['mysql://anvil@db/anvil', 'db.acme.com', 'postgres//x'];
const PUBLISHED_DATABASES = [
  'postgres://user:pass@host:5432/anvil_prod',
  'postgres://anvil:anvil_pass@localhost:5432/anvil_dev',
  'postgres://anvil:change-me@localhost/anvil',
  'postgres://anvil:change%2Dme@localhost/anvil',
];

let folder: string;
const path = (name: string) => join(folder, name);
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

/** Typed by hand from the specification: a variable without a row fails the first test. */
const rows = (): Record<VariableName, Row> => ({
  APP_URL: {
    missing: /^is missing: where people reach Anvil/,
    malformed: [
      'anvil.acme.com',
      'ftp://anvil.acme.com',
      'https://anvil.acme.com/path',
      'https://a@anvil.acme.com',
      'https://anvil.acme.com?x',
    ],
    taken: { value: 'https://anvil.acme.com:8443/', gives: { baseUrl: 'https://anvil.acme.com:8443' } },
  },
  PHX_HOST: {
    missing: null,
    malformed: [
      'https://anvil.acme.com',
      'anvil.acme.com:4000',
      'anvil_acme.com',
      '-anvil.com',
      'a..b',
      '999.1.1.1',
    ],
    taken: {
      value: 'anvil.acme.com',
      with: { APP_URL: undefined },
      gives: { baseUrl: 'https://anvil.acme.com' },
    },
  },
  HOST: {
    missing: null,
    malformed: ['http://127.0.0.1', '127.0.0.1:4000', 'all of them', '[::]'],
    taken: { value: '127.0.0.1', gives: { host: '127.0.0.1' } },
  },
  PORT: { missing: null, malformed: [...NOT_WHOLE, '65536'], taken: { value: '80', gives: { port: 80 } } },
  TRUSTED_PROXIES: {
    missing: null,
    malformed: [
      'load-balancer',
      '10.0.0.0/33',
      '10.0.0.0/8/8',
      '0.0.0.0/0',
      '::/0',
      '0',
      '10',
      '1.5',
      '::1/129',
      '10.0.0.0/x',
    ],
    taken: { value: '127.0.0.1, fd00::/8', gives: { trustedProxies: ['127.0.0.1', 'fd00::/8'] } },
  },
  CLIENT_IP_HEADER: {
    missing: null,
    malformed: ['X-Forwarded-For', 'forwarded', 'fly client ip', 'fly-client-ip:', '-'],
    taken: {
      value: 'Fly-Client-IP',
      with: { TRUSTED_PROXIES: '2' },
      gives: { clientIpHeader: 'fly-client-ip', trustedProxies: 2 },
    },
  },
  ALLOWED_HOSTS: {
    missing: null,
    malformed: ['https://anvil.lan', 'anvil.lan:4000', 'a b', '*.acme.com', 'anvil.lan/path'],
    taken: {
      value: 'Anvil.lan, 10.0.0.5, fd00::1, [fd00::2]',
      gives: { allowedHosts: ['anvil.lan', '10.0.0.5', '[fd00::1]', '[fd00::2]'] },
    },
  },
  ANVIL_INSECURE_HTTP: {
    missing: null,
    malformed: NOT_FLAG,
    taken: { value: 'true', with: { APP_URL: 'http://anvil.lan' }, gives: { baseUrl: 'http://anvil.lan' } },
  },
  SECRET_KEY_BASE: {
    missing: /^is missing: at least 64 random characters/,
    malformed: ['a'.repeat(64), 'abc'.repeat(30)],
    tooShort: secret('x').slice(1),
    published: [
      'dev_secret_key_base_64_characters_long_for_development_and_longer_still',
      'an-example-that-everybody-has-read-before-you-go-online-0123456789',
    ],
    taken: { value: secret('x'), gives: { secretKeyBase: secret('x') } },
  },
  SECRET_KEY_BASE_PREVIOUS: {
    missing: null,
    malformed: ['a'.repeat(64)],
    tooShort: secret('x').slice(1),
    published: ['an-example-that-everybody-has-read-before-you-go-online-0123456789'],
    taken: { value: secret('x'), gives: { secretKeyBasePrevious: secret('x') } },
  },
  SESSION_SIGNING_SALT: {
    missing: /^is missing: at least 32 random characters/,
    malformed: ['a'.repeat(32)],
    tooShort: secret('x').slice(0, 31),
    published: ['change_me_change_me_change_me_change_me'],
    taken: { value: secret('x').slice(0, 32), gives: { sessionSigningSalt: secret('x').slice(0, 32) } },
  },
  SESSION_ENCRYPTION_SALT: {
    missing: /^is missing: at least 32 random characters/,
    malformed: ['a'.repeat(32)],
    tooShort: secret('x').slice(0, 31),
    published: ['replace-me-with-something-random-of-your-own'],
    taken: { value: secret('x').slice(0, 32), gives: { sessionEncryptionSalt: secret('x').slice(0, 32) } },
  },
  DATABASE_URL: {
    missing: /^is missing: a PostgreSQL URL \(or ANVIL_EMBEDDED_DATABASE=true/,
    malformed: NOT_POSTGRES,
    published: PUBLISHED_DATABASES,
    taken: {
      value: 'postgres://anvil:k@db.acme.com/anvil',
      gives: {
        database: {
          kind: 'url',
          url: 'postgres://anvil:k@db.acme.com/anvil?sslmode=verify-full',
          directUrl: 'postgres://anvil:k@db.acme.com/anvil?sslmode=verify-full',
        },
      },
    },
  },
  DATABASE_DIRECT_URL: {
    missing: null,
    malformed: NOT_POSTGRES,
    published: PUBLISHED_DATABASES,
    taken: {
      value: 'postgres://anvil:k@[::1]:5433/anvil',
      gives: {
        database: {
          kind: 'url',
          url: PRODUCTION.DATABASE_URL,
          directUrl: 'postgres://anvil:k@[::1]:5433/anvil',
        },
      },
    },
  },
  DATABASE_APPLICATION_URL: {
    missing: null,
    malformed: NOT_POSTGRES,
    published: PUBLISHED_DATABASES,
    taken: {
      value: 'postgres://anvil_app:k@[::1]/anvil',
      gives: {
        database: {
          kind: 'url',
          url: PRODUCTION.DATABASE_URL,
          directUrl: PRODUCTION.DATABASE_URL,
          applicationUrl: 'postgres://anvil_app:k@[::1]/anvil',
        },
      },
    },
  },
  DATABASE_CA: {
    missing: null,
    malformed: ['/nowhere/ca.pem', path('not-a-certificate'), folder],
    taken: {
      value: path('ca.pem'),
      with: { DATABASE_URL: 'postgres://anvil:k@db.acme.com/anvil' },
      gives: {
        database: {
          kind: 'url',
          url: `postgres://anvil:k@db.acme.com/anvil?sslmode=verify-full&sslrootcert=${encodeURIComponent(path('ca.pem'))}`,
          directUrl: `postgres://anvil:k@db.acme.com/anvil?sslmode=verify-full&sslrootcert=${encodeURIComponent(path('ca.pem'))}`,
        },
      },
    },
  },
  POOL_SIZE: {
    missing: null,
    malformed: [...NOT_WHOLE, '0', '1001'],
    taken: { value: '3', gives: { poolSize: 3 } },
  },
  ANVIL_EMBEDDED_DATABASE: {
    missing: null,
    malformed: NOT_FLAG,
    taken: { value: 'true', with: { DATABASE_URL: undefined }, gives: { database: { kind: 'embedded' } } },
  },
  ANVIL_DATA_DIR: {
    missing: null,
    malformed: ['  '],
    taken: { value: '/data', gives: { dataDir: '/data' } },
  },
  RESEND_API_KEY: {
    missing: null,
    malformed: ['  '],
    published: ['re_change-me', 're_example'],
    taken: {
      value: 're_k3y',
      with: { FROM_EMAIL: 'Anvil <anvil@acme.com>' },
      gives: {
        mail: { kind: 'resend', apiKey: 're_k3y', baseUrl: undefined, from: 'Anvil <anvil@acme.com>' },
        magicLinksEnabled: true,
      },
    },
  },
  RESEND_BASE_URL: {
    missing: null,
    malformed: ['api.resend.com', 'ftp://api.resend.com'],
    taken: {
      value: 'http://127.0.0.1:9000',
      with: { RESEND_API_KEY: 're_k3y', FROM_EMAIL: 'anvil@acme.com' },
      gives: {
        mail: { kind: 'resend', apiKey: 're_k3y', baseUrl: 'http://127.0.0.1:9000', from: 'anvil@acme.com' },
      },
    },
  },
  SMTP_HOST: {
    missing: null,
    malformed: ['smtp://smtp.acme.com', 'smtp.acme.com:25', 'my server'],
    taken: {
      value: 'smtp.acme.com',
      with: { FROM_EMAIL: 'anvil@acme.com' },
      gives: {
        mail: {
          ...{ kind: 'smtp', host: 'smtp.acme.com', port: 587, from: 'anvil@acme.com' },
          ...{ username: undefined, password: undefined, tls: 'required' },
        },
        magicLinksEnabled: true,
      },
    },
  },
  SMTP_PORT: {
    missing: null,
    malformed: [...NOT_WHOLE, '0', '65536'],
    taken: { value: '465', with: SMTP, gives: { mail: expect.objectContaining({ port: 465 }) as never } },
  },
  SMTP_TLS: {
    missing: null,
    malformed: ['yes', 'true', 'REQUIRED'],
    taken: {
      value: 'optional',
      with: SMTP,
      gives: { mail: expect.objectContaining({ tls: 'optional' }) as never },
    },
  },
  SMTP_USERNAME: {
    missing: null,
    malformed: ['  '],
    taken: {
      value: 'apikey',
      with: { ...SMTP, SMTP_PASSWORD: 'k3y' },
      gives: { mail: expect.objectContaining({ username: 'apikey', password: 'k3y' }) as never },
    },
  },
  SMTP_PASSWORD: {
    missing: null,
    malformed: ['  '],
    published: ['sendgrid_api_key', 'change-me'],
    taken: {
      value: 'k3y',
      with: { ...SMTP, SMTP_USERNAME: 'apikey' },
      gives: { mail: expect.objectContaining({ username: 'apikey', password: 'k3y' }) as never },
    },
  },
  FROM_EMAIL: {
    missing: null,
    malformed: ['acme.com', 'Anvil', 'Anvil <acme.com>', 'a@b.com\r\nBcc: c@d.com', '<>'],
    taken: {
      value: 'anvil@acme.com',
      with: { SMTP_HOST: 'smtp.acme.com' },
      gives: { mail: expect.objectContaining({ from: 'anvil@acme.com' }) as never },
    },
  },
  ENABLE_REGISTRATIONS: {
    missing: null,
    malformed: NOT_FLAG,
    taken: { value: 'false', gives: { registrationsEnabled: false } },
  },
  ENABLE_API_KEYS: {
    missing: null,
    malformed: NOT_FLAG,
    taken: { value: 'false', gives: { apiKeysEnabled: false } },
  },
  ENABLE_MAGIC_LINKS: {
    missing: null,
    malformed: NOT_FLAG,
    taken: { value: 'false', with: SMTP, gives: { magicLinksEnabled: false } },
  },
  LOG_LEVEL: {
    missing: null,
    malformed: ['loud', 'INFO'],
    taken: { value: 'warn', gives: { logLevel: 'warn' } },
  },
  METRICS_PORT: {
    missing: null,
    malformed: [...NOT_WHOLE, '0', '65536'],
    taken: { value: '9464', gives: { metricsPort: 9464 } },
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    missing: null,
    malformed: ['otel.acme.com', 'grpc://otel.acme.com'],
    taken: { value: 'http://otel.acme.com:4318', gives: { otlpEndpoint: 'http://otel.acme.com:4318' } },
  },
  SENTRY_DSN: {
    missing: null,
    malformed: ['https://sentry.acme.com/1', 'https://key@sentry.io/project', 'sentry'],
    published: ['https://change-me@sentry.acme.com/1'],
    taken: { value: 'https://k3y@sentry.acme.com/1', gives: { sentryDsn: 'https://k3y@sentry.acme.com/1' } },
  },
  BACKUP_S3_URL: {
    missing: null,
    malformed: ['anvil-backups', 's3://anvil-backups', 's3://anvil-backups/daily', 'https://s3/daily/'],
    taken: { value: 's3://anvil-backups/daily/', gives: { backupS3Url: 's3://anvil-backups/daily/' } },
  },
  NODE_ENV: {
    missing: null,
    malformed: ['prod', 'Production'],
    taken: { value: 'test', gives: { mode: 'test' } },
  },
  ANVIL_DEV_PAGES: {
    missing: null,
    malformed: NOT_FLAG,
    taken: { value: 'true', with: { NODE_ENV: 'test' }, gives: { devPages: true } },
  },
  DRAIN_SECONDS: {
    missing: null,
    malformed: [...NOT_WHOLE, '601'],
    taken: { value: '0', gives: { drainSeconds: 0 } },
  },
  KEY_CACHE_MAX_SECONDS: {
    missing: null,
    malformed: [...NOT_WHOLE, '86401'],
    taken: { value: '0', gives: { keyCacheMaxSeconds: 0 } },
  },
});

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anvil-variables-'));
  writeFileSync(path('ca.pem'), pem);
  writeFileSync(path('not-a-certificate'), 'nothing of the kind');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is wrong, by variable. */
function problemsOf(env: Environment): Record<string, string> {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError)
      return Object.fromEntries(error.problems.map(({ variable, message }) => [variable, message]));
    throw error;
  }
  return {};
}

it('every variable has a row here, and no row is of another', () => {
  expect(Object.keys(rows()).sort()).toEqual([...VARIABLE_NAMES].sort());
});

describe.each(VARIABLE_NAMES)('%s', (name) => {
  const needs = () => ({ ...PRODUCTION, ...rows()[name].taken.with });

  it('missing is refused by name in production, or does without', () => {
    const { missing, taken } = rows()[name];
    const env = { ...PRODUCTION, [name]: undefined };
    expect(problemsOf(env)).toEqual(missing ? { [name]: expect.stringMatching(missing) as string } : {});
    expect(problemsOf({ ...env, [name]: '' }), 'empty is missing').toEqual(problemsOf(env));
    expect(taken.value).not.toBe('');
  });

  it('malformed is refused by name, saying what it wants', () => {
    for (const value of rows()[name].malformed) {
      const problems = problemsOf({ ...needs(), [name]: value });
      expect(problems[name], value).toBe(VARIABLES[name].shape.wants);
    }
  });

  it('too short is refused', () => {
    const { tooShort } = rows()[name];
    expect(tooShort !== undefined).toBe(/^at least \d+/.test(VARIABLES[name].shape.wants));
    if (tooShort === undefined) return;
    expect(problemsOf({ ...needs(), [name]: tooShort })).toEqual({ [name]: VARIABLES[name].shape.wants });
  });

  it('a published example is refused in production and taken elsewhere', () => {
    const { published = [] } = rows()[name];
    const { example } = VARIABLES[name];
    expect(published.length > 0, 'secrets have published examples').toBe(isSecret(name));
    for (const value of isSecret(name) ? [...published, example] : []) {
      const env = { ...needs(), [name]: value };
      expect(problemsOf(env), value).toEqual({ [name]: 'is a published example; make one of your own' });
      expect(problemsOf({ ...env, NODE_ENV: 'test' }), value).toEqual({});
    }
    if (name !== 'DATABASE_CA')
      expect(VARIABLES[name].shape.schema.safeParse(example).success, 'the example fits').toBe(true);
  });

  it('right is taken', () => {
    const { value, gives } = rows()[name].taken;
    expect(parseConfig({ ...needs(), [name]: value })).toMatchObject(gives);
  });

  it('is read from a file when it is a secret, and only then', () => {
    const { value } = rows()[name].taken;
    const file = path(`${name}.secret`);
    writeFileSync(file, `${value}\n`);
    const { [name]: _, ...others } = { ...needs() } as Environment;
    const fromFile = { ...others, [`${name}_FILE`]: file };
    const plainly = { ...others, [name]: value };
    if (!isSecret(name)) return expect(problemsOf(fromFile)).toEqual(problemsOf(others));
    expect(parseConfig(fromFile)).toEqual(parseConfig(plainly));
    expect(problemsOf({ ...fromFile, [name]: value })).toEqual({
      [`${name}_FILE`]: `is set beside ${name}; set one of the two`,
    });
    expect(problemsOf({ ...others, [`${name}_FILE`]: '/nowhere' })[`${name}_FILE`]).toMatch(
      /can’t be read: \/nowhere \(ENOENT\)/,
    );
  });

  it('has a line of documentation, and a fallback that fits', () => {
    const { about, fallback, shape } = VARIABLES[name] as Variable;
    expect(about).toMatch(/^[A-Z/].*[^.]$/);
    if (fallback !== undefined) expect(shape.schema.safeParse(fallback).success).toBe(true);
  });
});

describe('together', () => {
  it.each<[Environment, VariableName]>([
    [{ ...SMTP, RESEND_API_KEY: 're_k3y' }, 'RESEND_API_KEY'],
    [{ SMTP_HOST: 'smtp.acme.com' }, 'FROM_EMAIL'],
    [{ RESEND_API_KEY: 're_k3y' }, 'FROM_EMAIL'],
    [{ SMTP_PORT: '25' }, 'SMTP_PORT'],
    [{ SMTP_USERNAME: 'anvil' }, 'SMTP_USERNAME'],
    [{ ...SMTP, SMTP_USERNAME: 'anvil' }, 'SMTP_PASSWORD'],
    [{ ...SMTP, SMTP_PASSWORD: 'k3y' }, 'SMTP_USERNAME'],
    [{ RESEND_BASE_URL: 'http://127.0.0.1:1' }, 'RESEND_BASE_URL'],
    [{ ENABLE_MAGIC_LINKS: 'true' }, 'ENABLE_MAGIC_LINKS'],
    [{ METRICS_PORT: '4000' }, 'METRICS_PORT'],
    [{ CLIENT_IP_HEADER: 'Fly-Client-IP' }, 'CLIENT_IP_HEADER'],
    [{ PHX_HOST: 'other.acme.com' }, 'PHX_HOST'],
    [{ PHX_HOST: 'anvil.acme.com', APP_URL: 'https://anvil.acme.com:8443' }, 'PHX_HOST'],
    [
      { DATABASE_URL: undefined, ANVIL_EMBEDDED_DATABASE: 'true', DATABASE_DIRECT_URL: 'postgres://x/y' },
      'DATABASE_DIRECT_URL',
    ],
    [
      {
        DATABASE_URL: undefined,
        ANVIL_EMBEDDED_DATABASE: 'true',
        DATABASE_APPLICATION_URL: 'postgres://x/y',
      },
      'DATABASE_APPLICATION_URL',
    ],
  ])('%j is refused for %s alone', (env, name) => {
    expect(Object.keys(problemsOf({ ...PRODUCTION, ...env }))).toEqual([name]);
  });

  it('without a way to send mail magic links are off by themselves, and true is refused in production alone', () => {
    expect(parseConfig(PRODUCTION)).toMatchObject({ mail: undefined, magicLinksEnabled: false });
    const env = { ...PRODUCTION, NODE_ENV: 'test', ENABLE_MAGIC_LINKS: 'true' };
    expect(parseConfig(env).magicLinksEnabled).toBe(true);
  });

  it('PHX_HOST and an APP_URL that says the same are taken', () => {
    const env = { ...PRODUCTION, PHX_HOST: 'localhost', PORT: '4100', APP_URL: 'http://localhost:4100' };
    expect(parseConfig(env).baseUrl).toBe('http://localhost:4100');
  });

  it('no message shows a secret', () => {
    const value = 'sh0rt-but-s3cret';
    for (const name of VARIABLE_NAMES.filter(isSecret)) {
      for (const text of [value, `mysql://anvil:${value}@db`])
        expect(JSON.stringify(problemsOf({ ...PRODUCTION, [name]: text })), name).not.toContain(value);
    }
  });
});
