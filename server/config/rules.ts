import { databaseUrlOf, isLoopback, originOfHost, urlOf } from './addresses.ts';
import { isSecret, type ConfigProblem, type Given } from './read.ts';
import { VARIABLE_NAMES, VARIABLES, type VariableName } from './variables.ts';

/** What examples are recognised by: .env.example and the documentation mark each of theirs with such a word. */
const MARKED_EXAMPLE = /example|change[-_ ]?me|replace[-_ ]?me|insecure|not-?secret|for[-_ ]development/i;

/** Unmarked ones that have stood in somebody's instructions. */
const KNOWN_EXAMPLES = new Set(['pass', 'password', 'anvil_pass', 'sendgrid_api_key']);

/** What no variable shows by itself: which ones need or exclude each other, and what production refuses. */
export function contradictions({ texts }: Given): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const wrong = (variable: VariableName, message: string) => problems.push({ variable, message });
  const production = (texts.NODE_ENV ?? VARIABLES.NODE_ENV.fallback) === 'production';

  addressRules(texts, production, wrong);
  databaseRules(texts, production, wrong);
  mailRules(texts, production, wrong);
  if (texts.METRICS_PORT && texts.METRICS_PORT === (texts.PORT ?? VARIABLES.PORT.fallback))
    wrong('METRICS_PORT', 'is the same as PORT, which everybody reaches; take another');
  if (production && texts.ANVIL_DEV_PAGES === 'true')
    wrong('ANVIL_DEV_PAGES', 'is for development; take it out in production');
  for (const name of production ? VARIABLE_NAMES.filter(isSecret) : []) {
    if (isPublishedExample(texts[name] ?? '')) wrong(name, 'is a published example; make one of your own');
  }
  return problems;
}

type Texts = Given['texts'];
type Wrong = (variable: VariableName, message: string) => void;

function addressRules(texts: Texts, production: boolean, wrong: Wrong): void {
  const { APP_URL: appUrl, PHX_HOST: host, PORT: port = VARIABLES.PORT.fallback } = texts;
  const app = urlOf(appUrl ?? '');
  if (app && host && VARIABLES.PHX_HOST.shape.schema.safeParse(host).success && /^\d{1,5}$/.test(port)) {
    const meant = originOfHost(host, port);
    if (meant !== app.origin)
      wrong('PHX_HOST', `means ${meant}, and APP_URL says ${app.origin}; set one of the two`);
  }
  if (!appUrl && !host && production)
    wrong('APP_URL', 'is missing: where people reach Anvil, such as https://anvil.example.com');
  if (texts.CLIENT_IP_HEADER && !texts.TRUSTED_PROXIES)
    wrong('CLIENT_IP_HEADER', 'is read only if a trusted proxy sends it; set TRUSTED_PROXIES too');
  if (app?.protocol === 'http:' && !isLoopback(app.hostname) && texts.ANVIL_INSECURE_HTTP !== 'true')
    wrong(
      'APP_URL',
      'use https: passwords and keys would cross the network unencrypted. ANVIL_INSECURE_HTTP=true allows it',
    );
}

function databaseRules(texts: Texts, production: boolean, wrong: Wrong): void {
  const embedded = texts.ANVIL_EMBEDDED_DATABASE === 'true';
  const { DATABASE_URL: url } = texts;
  if (url && embedded)
    wrong('ANVIL_EMBEDDED_DATABASE', 'is true while DATABASE_URL names another database; set one of the two');
  if (!url && !embedded && production)
    wrong(
      'DATABASE_URL',
      'is missing: a PostgreSQL URL (or ANVIL_EMBEDDED_DATABASE=true for the database that Anvil brings)',
    );
  if (texts.DATABASE_DIRECT_URL && !url)
    wrong(
      'DATABASE_DIRECT_URL',
      'is the way past a pooler to the database of DATABASE_URL, which is missing',
    );
  if (texts.DATABASE_APPLICATION_URL && !url)
    wrong(
      'DATABASE_APPLICATION_URL',
      'is a second login to the database of DATABASE_URL, which is missing; set both',
    );
  if (texts.DATABASE_CA && !url) wrong('DATABASE_CA', 'is for the server of DATABASE_URL, which is missing');
}

function mailRules(texts: Texts, production: boolean, wrong: Wrong): void {
  const { RESEND_API_KEY: resend, SMTP_HOST: smtp } = texts;
  if (resend && smtp)
    wrong('RESEND_API_KEY', 'is set beside SMTP_HOST; mail goes one way, set one of the two');
  if ((resend ?? smtp) && !texts.FROM_EMAIL)
    wrong('FROM_EMAIL', `is missing: ${VARIABLES.FROM_EMAIL.shape.wants}`);
  if (!smtp) {
    for (const name of ['SMTP_PORT', 'SMTP_TLS', 'SMTP_USERNAME', 'SMTP_PASSWORD'] as const)
      if (texts[name]) wrong(name, 'is for the server of SMTP_HOST, which is missing');
  } else if (Boolean(texts.SMTP_USERNAME) !== Boolean(texts.SMTP_PASSWORD)) {
    wrong(
      texts.SMTP_USERNAME ? 'SMTP_PASSWORD' : 'SMTP_USERNAME',
      'is missing: the two are given together or neither is',
    );
  }
  if (texts.RESEND_BASE_URL && !resend) wrong('RESEND_BASE_URL', 'is for RESEND_API_KEY, which is missing');
  if (production && texts.ENABLE_MAGIC_LINKS === 'true' && !(resend ?? smtp))
    wrong(
      'ENABLE_MAGIC_LINKS',
      'is true, and no mail can be sent: set RESEND_API_KEY or SMTP_HOST, or false',
    );
}

/** Of a URL only what is secret in it counts: a host may well be called example. */
function isPublishedExample(text: string): boolean {
  const url = databaseUrlOf(text);
  const secret = url?.host
    ? decode(url.password || (/^https?:$/.test(url.protocol) ? url.username : ''))
    : text;
  return secret !== '' && (MARKED_EXAMPLE.test(secret) || KNOWN_EXAMPLES.has(secret.toLowerCase()));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
