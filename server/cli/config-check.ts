import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { closeSession, openSession } from '#db/sessions.ts';
import { TIMEOUTS } from '#db/timeouts.ts';
import { parseConfig, type Config } from '../config.ts';
import { effectiveValues } from '../config/effective.ts';
import type { Environment } from '../config/read.ts';
import { warningsOf } from '../config/warnings.ts';
import { describeSampleRequest } from './sample-request.ts';

/** Starts the embedded database for the work, or takes the one of DATABASE_URL. */
type WithDatabase = (config: Config, work: (urls: { directUrl: string }) => Promise<void>) => Promise<void>;

/**
 * `anvil-server config:check`: prints what is in effect and from where, with secrets masked, and what deserves a
 * second look. The database is asked when it answers, and nothing is written.
 *
 * @throws ConfigError when the configuration is wrong; the values stand above it then, to look at
 */
export async function checkConfig(
  environment: Environment,
  print: (line: string) => void,
  withDatabase: WithDatabase,
): Promise<void> {
  const values = effectiveValues(environment);
  const width = Math.max(...values.map(({ name }) => name.length));
  for (const { name, value, source } of values) print(`${name.padEnd(width)}  ${value}  (${source})`);
  print('');
  const config = parseConfig(environment);
  const warnings = warningsOf(config);
  if (!config.apiKeysEnabled) warnings.push(await keysLockedOut(config, withDatabase));
  for (const warning of warnings) print(`Look again: ${warning}`);
  print(await describeSampleRequest(config));
  print(`The configuration is right. Anvil will be at ${config.baseUrl}`);
}

/** What switching API keys off hits: keys that programs used within the last day. */
async function keysLockedOut(config: Config, withDatabase: WithDatabase): Promise<string> {
  const off = 'ENABLE_API_KEYS is false: API keys are answered with 403';
  // Asking must not make a database.
  if (config.database.kind === 'embedded' && !existsSync(join(config.dataDir, 'database')))
    return `${off}. There is no database yet, so none was used.`;
  let used = '';
  try {
    await withDatabase(config, async ({ directUrl }) => {
      used = await countUsedKeys(directUrl);
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `${off}. How many were used lately is unknown, the database could not be asked: ${reason}`;
  }
  return `${off}, and ${used} used in the last 24 hours.`;
}

async function countUsedKeys(url: string): Promise<string> {
  const client = await openSession({ url });
  try {
    await client.query(`set statement_timeout = ${TIMEOUTS.queryDeadline}`);
    const { rows } = await client.query<{ used: number }>(
      `select count(*)::int as used from api_keys where revoked_at is null and last_used_at > now() - interval '24 hours'`,
    );
    const used = rows[0]?.used ?? 0;
    return used === 1 ? '1 key was' : `${used.toLocaleString('en-GB')} keys were`;
  } finally {
    await closeSession(client).catch(() => undefined);
  }
}
