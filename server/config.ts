import { z } from 'zod';
import { isLoopback, originOfHost, verifiedUrl } from './config/addresses.ts';
import { readEnvironment, type ConfigProblem, type Environment } from './config/read.ts';
import { contradictions } from './config/rules.ts';
import { VARIABLE_NAMES, VARIABLES, type Variable, type VariableName } from './config/variables.ts';

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
  /** The URLs say how the server proves who it is (DATABASE_CA is in them). */
  database: { kind: 'embedded' } | { kind: 'url'; url: string; directUrl: string; applicationUrl?: string };
  poolSize: number;
  dataDir: string;
  devPages: boolean;
  /** How mail is sent; undefined when it isn't. */
  mail: MailConfig | undefined;
  magicLinksEnabled: boolean;
  registrationsEnabled: boolean;
  apiKeysEnabled: boolean;
  /** The addresses and networks of the proxies in front of Anvil, or how many proxies there are. */
  trustedProxies: string[] | number;
  /** The header with the client's address, in lower case. Undefined: `X-Forwarded-For`. */
  clientIpHeader: string | undefined;
  /** Host names that Anvil is reached by, beside that of `baseUrl` and loopback. IPv6 addresses have brackets. */
  allowedHosts: string[];
  drainSeconds: number;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  keyCacheMaxSeconds: number;
  /** Where errors are sent; undefined: nowhere. */
  sentryDsn: string | undefined;
  /** OpenTelemetry collector, `https://host[:port][/path]`; undefined: none. */
  otlpEndpoint: string | undefined;
  /** Private port of /metrics; undefined: none. */
  metricsPort: number | undefined;
  /** `s3://bucket/folder/`: for deploy/backup.sh. */
  backupS3Url: string | undefined;
}

export type MailConfig =
  | { kind: 'resend'; apiKey: string; baseUrl: string | undefined; from: string }
  | {
      kind: 'smtp';
      host: string;
      port: number;
      username: string | undefined;
      password: string | undefined;
      from: string;
      tls: 'required' | 'optional';
    };

/** The environment is wrong. The message names every wrong variable and what it wants; show it as it is. */
export class ConfigError extends Error {
  override name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(
      `The configuration is wrong:\n${problems.map(({ variable, message }) => `  ${variable}: ${message}`).join('\n')}`,
    );
  }
}

type Table = typeof VARIABLES;
type Schema = {
  [K in VariableName]: Table[K] extends { fallback: string } | { required: true }
    ? Table[K]['shape']['schema']
    : z.ZodOptional<Table[K]['shape']['schema']>;
};

const environment = z.object(
  Object.fromEntries(
    VARIABLE_NAMES.map((name) => {
      const { shape, fallback, required } = VARIABLES[name] as Variable;
      return [name, fallback !== undefined || required ? shape.schema : shape.schema.optional()];
    }),
  ) as Schema,
);

/** What is not set and has a fallback. */
const FALLBACKS = Object.fromEntries(
  VARIABLE_NAMES.flatMap((name) => {
    const { fallback } = VARIABLES[name] as Variable;
    return fallback === undefined ? [] : [[name, fallback]];
  }),
);

/**
 * Reads the environment. Each secret may be given as `NAME_FILE`, a file that holds it. An empty variable is a
 * missing one; variables of others are ignored.
 *
 * @throws ConfigError naming each wrong variable and what it wants
 */
export function parseConfig(given: Environment): Config {
  const read = readEnvironment(given);
  const parsed = environment.safeParse({ ...FALLBACKS, ...definedOnly(read.texts) });
  const malformed = new Set(parsed.error?.issues.map(({ path }) => path[0] as VariableName));
  const problems = [
    ...read.problems,
    ...Array.from(malformed, (variable) => {
      const { wants } = VARIABLES[variable].shape;
      return { variable, message: read.texts[variable] === undefined ? `is missing: ${wants}` : wants };
    }),
    ...contradictions(read),
  ];
  // One sentence for each: what a file or the variable itself has wrong comes before what follows from it.
  const first = new Map(
    problems.toReversed().map((problem) => [problem.variable.replace(/_FILE$/, ''), problem]),
  );
  if (!parsed.success || problems.length > 0) throw new ConfigError([...first.values()].reverse());
  return configOf(parsed.data);
}

function configOf(values: z.output<typeof environment>): Config {
  const mail = mailOf(values);
  return {
    mode: values.NODE_ENV,
    baseUrl: values.APP_URL
      ? new URL(values.APP_URL).origin
      : originOfHost(values.PHX_HOST ?? 'localhost', values.PORT),
    host: values.HOST,
    port: values.PORT,
    secretKeyBase: values.SECRET_KEY_BASE,
    secretKeyBasePrevious: values.SECRET_KEY_BASE_PREVIOUS,
    sessionSigningSalt: values.SESSION_SIGNING_SALT,
    sessionEncryptionSalt: values.SESSION_ENCRYPTION_SALT,
    database: values.DATABASE_URL
      ? {
          kind: 'url',
          url: verifiedUrl(values.DATABASE_URL, values.DATABASE_CA),
          directUrl: verifiedUrl(values.DATABASE_DIRECT_URL ?? values.DATABASE_URL, values.DATABASE_CA),
          ...(values.DATABASE_APPLICATION_URL && {
            applicationUrl: verifiedUrl(values.DATABASE_APPLICATION_URL, values.DATABASE_CA),
          }),
        }
      : { kind: 'embedded' },
    poolSize: values.POOL_SIZE,
    dataDir: values.ANVIL_DATA_DIR,
    devPages: values.ANVIL_DEV_PAGES || values.NODE_ENV === 'development',
    mail,
    magicLinksEnabled: values.ENABLE_MAGIC_LINKS ?? mail !== undefined,
    registrationsEnabled: values.ENABLE_REGISTRATIONS,
    apiKeysEnabled: values.ENABLE_API_KEYS,
    trustedProxies: values.TRUSTED_PROXIES,
    clientIpHeader: values.CLIENT_IP_HEADER,
    allowedHosts: values.ALLOWED_HOSTS,
    drainSeconds: values.DRAIN_SECONDS,
    logLevel: values.LOG_LEVEL,
    keyCacheMaxSeconds: values.KEY_CACHE_MAX_SECONDS,
    sentryDsn: values.SENTRY_DSN,
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    metricsPort: values.METRICS_PORT,
    backupS3Url: values.BACKUP_S3_URL,
  };
}

function mailOf(values: z.output<typeof environment>): MailConfig | undefined {
  const { RESEND_API_KEY: apiKey, RESEND_BASE_URL: baseUrl, SMTP_HOST: host, FROM_EMAIL: from = '' } = values;
  if (apiKey) return { kind: 'resend', apiKey, baseUrl, from };
  if (!host) return undefined;
  const { SMTP_PORT: port, SMTP_USERNAME: username, SMTP_PASSWORD: password } = values;
  const tls = values.SMTP_TLS ?? (isLoopback(host) ? 'optional' : 'required');
  return { kind: 'smtp', host, port, username, password, from, tls };
}

function definedOnly(texts: Partial<Record<string, string>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined));
}

export { isLoopback, servedHosts } from './config/addresses.ts';

/** The environment of this process: the one place that reads it. */
export function processEnvironment(): Environment {
  return process.env;
}
