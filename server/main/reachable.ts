import pg from 'pg';
import type { Config } from '../config.ts';
import { connectionFailure } from './connection-failure.ts';
import { StartError } from './start-error.ts';

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
  const { url, directUrl } = database;
  if (directUrl !== url) await connectOnce(directUrl, 'DATABASE_DIRECT_URL');
  await connectOnce(url, 'DATABASE_URL');
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
