import {
  addressHeader,
  anyText,
  certificates,
  flag,
  hostName,
  hostNames,
  listenAddress,
  mailbox,
  proxies,
  oneOf,
  origin,
  postgresUrl,
  s3Folder,
  secret,
  sentryDsn,
  serverName,
  webUrl,
  whole,
  type Shape,
} from './shapes.ts';

/** One variable of the environment. The documentation's table, the tests' rows and `config:check` are made from it. */
export interface Variable<T = unknown> {
  group: Group;
  shape: Shape<T>;
  /** Taken when the variable is not set; a variable without one is undefined then. */
  fallback?: string;
  /** Nothing starts without it. */
  required?: true;
  /** What stands in the table where there is no plain fallback. */
  otherwise?: string;
  /** Never shown, may be given as `NAME_FILE`, and refused in production when it is a published example. */
  secret?: true;
  /** One line for the table. */
  about: string;
  /** Fits the shape. */
  example: string;
}

export const GROUPS = [
  'Address',
  'Secrets',
  'Database',
  'Mail',
  'Switches',
  'Watching',
  'Backup',
  'Process',
] as const;
type Group = (typeof GROUPS)[number];

const variable = <T, V extends Omit<Variable<T>, 'shape'>>(given: V & { shape: Shape<T> }) => given;

/** Every variable that Anvil reads, by name. */
export const VARIABLES = {
  APP_URL: variable({
    group: 'Address',
    shape: origin,
    otherwise: 'from PHX_HOST',
    about: 'Where people reach Anvil. Production needs it or PHX_HOST; http off loopback is refused',
    example: 'https://anvil.example.com',
  }),
  PHX_HOST: variable({
    group: 'Address',
    shape: hostName,
    otherwise: 'from APP_URL',
    about: 'A host name: means APP_URL=https://HOST, for a loopback name http://HOST:PORT',
    example: 'anvil.example.com',
  }),
  HOST: variable({
    group: 'Address',
    shape: listenAddress,
    fallback: '::',
    about: 'The address that Anvil listens on; :: is every one of IPv6 and IPv4',
    example: '127.0.0.1',
  }),
  PORT: variable({
    group: 'Address',
    shape: whole(0, 65_535),
    fallback: '4000',
    about: 'The port that Anvil listens on; 0 takes a free one',
    example: '4000',
  }),
  TRUSTED_PROXIES: variable({
    group: 'Address',
    shape: proxies,
    fallback: '',
    about:
      'The proxies in front of Anvil, which send the address of the client: their addresses and networks, or how many there are',
    example: '127.0.0.1,10.0.0.0/8',
  }),
  CLIENT_IP_HEADER: variable({
    group: 'Address',
    shape: addressHeader,
    otherwise: 'X-Forwarded-For',
    about: 'The header in which the proxies send only the address of the client. Needs TRUSTED_PROXIES',
    example: 'Fly-Client-IP',
  }),
  ALLOWED_HOSTS: variable({
    group: 'Address',
    shape: hostNames,
    fallback: '',
    about: 'Further host names that Anvil is reached by, beside that of APP_URL and loopback',
    example: 'anvil.internal,10.0.0.5',
  }),
  ANVIL_INSECURE_HTTP: variable({
    group: 'Address',
    shape: flag,
    fallback: 'false',
    about: 'Allows an APP_URL of plain http off loopback: passwords and keys cross the network unencrypted',
    example: 'false',
  }),

  SECRET_KEY_BASE: variable({
    group: 'Secrets',
    shape: secret(64),
    required: true,
    secret: true,
    about:
      'All other keys are derived from it. Without SECRET_KEY_BASE_PREVIOUS a change signs everybody out and ends mailed links',
    example: 'change-me-to-the-output-of-openssl-rand-hex-32-0123456789abcdef-0123',
  }),
  SECRET_KEY_BASE_PREVIOUS: variable({
    group: 'Secrets',
    shape: secret(64),
    secret: true,
    about: 'A second SECRET_KEY_BASE whose sessions and links are accepted too, while the secret is changed',
    example: 'change-me-to-what-secret-key-base-was-before-0123456789abcdef-012345',
  }),
  SESSION_SIGNING_SALT: variable({
    group: 'Secrets',
    shape: secret(32),
    required: true,
    secret: true,
    about:
      'Goes into the keys of sessions, mailed links and the set-up code. A change ends sessions and links',
    example: 'change-me-to-the-output-of-openssl-rand-hex-16',
  }),
  SESSION_ENCRYPTION_SALT: variable({
    group: 'Secrets',
    shape: secret(32),
    required: true,
    secret: true,
    about: 'Reserved: must be set, but nothing is derived from it today. A change has no effect',
    example: 'change-me-to-another-output-of-openssl-rand-hex-16',
  }),

  DATABASE_URL: variable({
    group: 'Database',
    shape: postgresUrl,
    secret: true,
    about: 'The PostgreSQL server (15 or newer), as the role that owns the database. Production needs it',
    example: 'postgres://anvil:change-me@db.example.com:5432/anvil_prod',
  }),
  DATABASE_DIRECT_URL: variable({
    group: 'Database',
    shape: postgresUrl,
    otherwise: 'DATABASE_URL',
    secret: true,
    about: 'The way past a pooler such as PgBouncer, for listening, jobs and migrations',
    example: 'postgres://anvil:change-me@db.example.com:5433/anvil_prod',
  }),
  DATABASE_APPLICATION_URL: variable({
    group: 'Database',
    shape: postgresUrl,
    otherwise: 'the role of DATABASE_URL switches to anvil_app',
    secret: true,
    about: 'The same database as the login anvil_app, where the role of DATABASE_URL can’t switch to it',
    example: 'postgres://anvil_app:change-me@db.example.com:5432/anvil_prod',
  }),
  DATABASE_CA: variable({
    group: 'Database',
    shape: certificates,
    otherwise: 'the authorities that Node knows',
    about:
      'A PEM file of authorities that may have signed the database server’s certificate, or a folder with such a file',
    example: '/etc/anvil/database-ca.pem',
  }),
  POOL_SIZE: variable({
    group: 'Database',
    shape: whole(1, 1_000),
    fallback: '10',
    about:
      'Connections for pages and the API. A server takes nine more: delivery 4, jobs 3, listener 1, probe 1',
    example: '10',
  }),
  ANVIL_EMBEDDED_DATABASE: variable({
    group: 'Database',
    shape: flag,
    fallback: 'false',
    about: 'Runs on the PostgreSQL that Anvil brings, without DATABASE_URL, in production too',
    example: 'true',
  }),
  ANVIL_DATA_DIR: variable({
    group: 'Database',
    shape: anyText('the path of a folder'),
    fallback: './.anvil',
    about: 'The folder of the embedded database and of secrets made at the first start',
    example: '/var/lib/anvil',
  }),

  RESEND_API_KEY: variable({
    group: 'Mail',
    shape: anyText('a key as Resend shows it, such as re_…'),
    secret: true,
    about: 'Sends mail by Resend. Give this or SMTP_HOST, not both',
    example: 're_change-me',
  }),
  RESEND_BASE_URL: variable({
    group: 'Mail',
    shape: webUrl('https://api.resend.com'),
    otherwise: 'Resend’s own',
    about: 'Where Resend’s interface is, when it is not at its own address',
    example: 'https://api.resend.com',
  }),
  SMTP_HOST: variable({
    group: 'Mail',
    shape: serverName,
    about: 'Sends mail by this SMTP server',
    example: 'smtp.example.com',
  }),
  SMTP_PORT: variable({
    group: 'Mail',
    shape: whole(1, 65_535),
    fallback: '587',
    about: 'Its port; 465 speaks TLS from the start, others change to it',
    example: '587',
  }),
  SMTP_TLS: variable({
    group: 'Mail',
    shape: oneOf('required', 'optional'),
    otherwise: 'required, or optional for a server on loopback',
    about:
      'Whether mail is only sent encrypted; optional sends it unencrypted when the server offers no STARTTLS',
    example: 'required',
  }),
  SMTP_USERNAME: variable({
    group: 'Mail',
    shape: anyText('the name to sign in with'),
    about: 'The name to sign in with at the SMTP server, with SMTP_PASSWORD',
    example: 'apikey',
  }),
  SMTP_PASSWORD: variable({
    group: 'Mail',
    shape: anyText('the password to sign in with'),
    secret: true,
    about: 'The password to sign in with at the SMTP server, with SMTP_USERNAME',
    example: 'change-me',
  }),
  FROM_EMAIL: variable({
    group: 'Mail',
    shape: mailbox,
    about: 'Who mails come from. Needed with RESEND_API_KEY or SMTP_HOST',
    example: 'noreply@anvil.example.com',
  }),

  ENABLE_REGISTRATIONS: variable({
    group: 'Switches',
    shape: flag,
    fallback: 'true',
    about: 'May people make accounts? Invited ones may join all the same',
    example: 'true',
  }),
  ENABLE_API_KEYS: variable({
    group: 'Switches',
    shape: flag,
    fallback: 'true',
    about: 'Do API keys work? With false none can be made, and existing ones get 403',
    example: 'true',
  }),
  ENABLE_MAGIC_LINKS: variable({
    group: 'Switches',
    shape: flag,
    otherwise: 'true when mail is configured',
    about: 'May people sign in by a link in a mail? Production refuses true without a way to send mail',
    example: 'true',
  }),

  LOG_LEVEL: variable({
    group: 'Watching',
    shape: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    fallback: 'info',
    about: 'What is logged, from this level up',
    example: 'info',
  }),
  METRICS_PORT: variable({
    group: 'Watching',
    shape: whole(1, 65_535),
    otherwise: 'off',
    about: 'A private port where Prometheus reads /metrics; not the one people reach',
    example: '9464',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable({
    group: 'Watching',
    shape: webUrl('https://otel.example.com'),
    otherwise: 'off',
    about: 'Sends metrics and traces to this OpenTelemetry collector, by http/json',
    example: 'https://otel.example.com',
  }),
  SENTRY_DSN: variable({
    group: 'Watching',
    shape: sentryDsn,
    otherwise: 'off',
    secret: true,
    about: 'Sends errors to this Sentry project, without cookies, tokens, templates and e-mail addresses',
    example: 'https://change-me@sentry.example.com/1',
  }),

  BACKUP_S3_URL: variable({
    group: 'Backup',
    shape: s3Folder,
    otherwise: 'kept on this machine alone',
    about: 'Where deploy/backup.sh copies each backup to; the server itself does not use it',
    example: 's3://anvil-backups/daily/',
  }),

  NODE_ENV: variable({
    group: 'Process',
    shape: oneOf('production', 'development', 'test'),
    fallback: 'production',
    about: 'How strict Anvil is: only production is for others to use',
    example: 'production',
  }),
  ANVIL_DEV_PAGES: variable({
    group: 'Process',
    shape: flag,
    fallback: 'false',
    about: 'Serves /dev pages; refused in production, always on in development',
    example: 'false',
  }),
  DRAIN_SECONDS: variable({
    group: 'Process',
    shape: whole(0, 600),
    fallback: '10',
    about: 'How long a server that ends goes on serving while balancers turn away; npm start takes 0',
    example: '10',
  }),
  KEY_CACHE_MAX_SECONDS: variable({
    group: 'Process',
    shape: whole(0, 86_400),
    fallback: '3600',
    about: 'How long API keys are believed while the database can’t be asked',
    example: '3600',
  }),
};

export type VariableName = keyof typeof VARIABLES;

/** The names of all of them, in the order of the table. */
export const VARIABLE_NAMES = Object.keys(VARIABLES) as VariableName[];
