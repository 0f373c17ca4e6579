import pg from 'pg';
import type { Config } from '../config.ts';
import { connectionFailure } from './connection-failure.ts';
import { StartError } from './start-error.ts';
import { waitForDatabase } from './wait-for-database.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** The database can't be reached now, and may be later. The message is for people. */
export class UnreachableError extends StartError {
  override name = 'UnreachableError';
}

/**
 * Opens one connection by each URL of the configuration: a pooler in between may be away, or configured otherwise.
 *
 * @throws UnreachableError when waiting helps, StartError when the configuration must be corrected
 */
export async function assertReachable({ database }: Config): Promise<void> {
  if (database.kind !== 'url') return;
  const { url, directUrl, applicationUrl } = database;
  if (directUrl !== url) await connectOnce(directUrl, 'DATABASE_DIRECT_URL');
  await connectOnce(url, 'DATABASE_URL');
  if (applicationUrl !== undefined) await connectOnce(applicationUrl, 'DATABASE_APPLICATION_URL');
}

/**
 * Waits until the database can be reached.
 *
 * @param report takes a sentence for people: at once, then at growing intervals
 * @throws StartError when the configuration must be corrected
 */
export async function waitUntilReachable(config: Config, report: (sentence: string) => void): Promise<void> {
  await waitForDatabase({ attempt: () => assertReachable(config), describe: sentenceWhileWaiting, report });
}

/** @returns undefined for an error that waiting doesn't cure */
export function sentenceWhileWaiting(error: unknown): string | undefined {
  return error instanceof UnreachableError ? `${error.message} Anvil waits until it answers.` : undefined;
}

async function connectOnce(url: string, variable: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const { canWait, message } = connectionFailure(error, { url, variable });
    throw new (canWait ? UnreachableError : StartError)(message, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}
