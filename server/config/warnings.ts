import type { Config } from '../config.ts';
import { databaseUrlOf, isLoopback } from './addresses.ts';

/** What is allowed and deserves a second look, in sentences for people. */
export function warningsOf(config: Config): string[] {
  const base = new URL(config.baseUrl);
  const warnings: string[] = [];
  if (base.protocol === 'http:' && !isLoopback(base.hostname))
    warnings.push('APP_URL is plain http: passwords and keys cross the network unencrypted.');
  if (
    base.protocol === 'https:' &&
    Array.isArray(config.trustedProxies) &&
    config.trustedProxies.length === 0
  )
    warnings.push(
      'APP_URL is https, which a proxy in front of Anvil speaks, and TRUSTED_PROXIES is empty: everybody has the ' +
        'proxy’s address then, also where sign-ins are limited.',
    );
  if (config.database.kind === 'url') warnings.push(...tlsWarnings(config.database));
  else if (config.mode === 'production')
    warnings.push('The embedded database serves one server alone, and is backed up by: anvil-server export');
  if (!config.mail)
    warnings.push(
      'No mail can be sent: people can neither confirm an address nor reset a password by themselves.',
    );
  if (config.mail?.kind === 'smtp' && config.mail.tls === 'optional' && !isLoopback(config.mail.host))
    warnings.push(
      'SMTP_TLS is optional: mails with links cross the network unencrypted when the server offers no STARTTLS.',
    );
  if (config.secretKeyBasePrevious)
    warnings.push('SECRET_KEY_BASE_PREVIOUS is set. Remove it 30 days after the change of SECRET_KEY_BASE.');
  const secrets = [config.secretKeyBase, config.sessionSigningSalt, config.sessionEncryptionSalt];
  if (new Set(secrets).size < secrets.length)
    warnings.push('Two of the three secrets are the same: whoever learns one has the other.');
  return warnings;
}

function tlsWarnings({
  url,
  directUrl,
  applicationUrl,
}: {
  url: string;
  directUrl: string;
  applicationUrl?: string;
}): string[] {
  return [
    ['DATABASE_URL', url],
    ['DATABASE_DIRECT_URL', directUrl === url ? '' : directUrl],
    ['DATABASE_APPLICATION_URL', applicationUrl],
  ].flatMap(([name, value = '']) => {
    const address = databaseUrlOf(value);
    const mode = address?.searchParams.get('sslmode') ?? 'verify-full';
    if (!address || isLoopback(address.hostname) || (mode !== 'disable' && mode !== 'no-verify')) return [];
    const what = mode === 'disable' ? 'unencrypted' : 'encrypted, and nothing proves whom it is talked to';
    return [`${name} says sslmode=${mode}: the way to the database is ${what}.`];
  });
}
