import pg from 'pg';
import { connectionError } from './driver-errors.ts';
import { TIMEOUTS } from './timeouts.ts';

/** Options of every connection that Anvil opens: a dead one is noticed, and a new one is not waited for long. */
export const CONNECTION_OPTIONS = {
  connectionTimeoutMillis: TIMEOUTS.connect,
  keepAlive: true,
  keepAliveInitialDelayMillis: TIMEOUTS.keepAliveDelay,
} as const;

export interface SessionInput {
  /** `postgres://…`, past any pooler: a session keeps what it sets. */
  url: string;
  /** Startup options: `-c timezone=UTC`. */
  options?: string;
}

/** Creates a client that isn't connected yet. */
export function createSession({ url, options }: SessionInput): pg.Client {
  const client = new pg.Client({
    ...CONNECTION_OPTIONS,
    connectionString: url,
    ...(options === undefined ? {} : { options }),
  });
  // A connection that breaks fails the statement that is running. The event would end the process.
  client.on('error', () => undefined);
  return client;
}

/**
 * Opens one connection outside every pool. The caller closes it with `closeSession`.
 *
 * @throws DatabaseFailure `unavailable`, and errors with an SQLSTATE
 */
export async function openSession(input: SessionInput): Promise<pg.Client> {
  const client = createSession(input);
  try {
    await client.connect();
  } catch (error) {
    destroySocket(client);
    throw connectionError(error);
  }
  return client;
}

/** Says goodbye to the server. Destroys the socket if the server doesn't answer in time. */
export async function closeSession(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => destroySocket(client), TIMEOUTS.close);
  try {
    await client.end();
  } finally {
    clearTimeout(timer);
  }
}

/** Closes a connection without a word to the server. Its running statement fails. */
export function destroySocket(client: pg.ClientBase): void {
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } };
  connection?.stream?.destroy();
}

/**
 * Tells whether a connection that was idle still works. Takes at most `TIMEOUTS.idleCheck`; a connection that doesn't
 * answer is destroyed.
 */
export async function isAlive(client: pg.ClientBase): Promise<boolean> {
  const timer = setTimeout(() => destroySocket(client), TIMEOUTS.idleCheck);
  try {
    await client.query('select 1');
    return true;
  } catch {
    destroySocket(client);
    return false;
  } finally {
    clearTimeout(timer);
  }
}
