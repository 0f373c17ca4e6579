import pg from 'pg';
import { ConnectionTrust } from './connection-trust.ts';
import { connectionError, statementError } from './driver-errors.ts';
import { failureKind, type DatabaseFailure } from './errors.ts';
import { CONNECTION_OPTIONS, destroySocket, isAlive } from './sessions.ts';
import { TIMEOUTS } from './timeouts.ts';

export interface ConnectionPoolInput {
  url: string;
  max: number;
  /** How long one statement may take, in milliseconds. */
  queryTimeoutMs: number;
  /** Startup options, for direct connections only. */
  options?: string;
  /** Why no connection is handed out now, if so. */
  refuse?: () => DatabaseFailure | undefined;
}

type ConnectCallback = Parameters<pg.Pool['connect']>[0];

/**
 * pg's pool, with what it lacks: errors without a code get their kind (errors.ts), a connection that was idle for long is
 * checked before use, all connections can be dropped, and `end()` doesn't wait for a server that doesn't answer.
 */
export class ConnectionPool extends pg.Pool {
  private readonly open = new Set<pg.PoolClient>();
  /** When a connection was returned, by `performance.now()`. */
  private readonly idleSince = new WeakMap<pg.PoolClient, number>();
  private readonly trust = new ConnectionTrust();
  private readonly refuse: ConnectionPoolInput['refuse'];

  constructor({ url, max, queryTimeoutMs, options, refuse }: ConnectionPoolInput) {
    super({
      ...CONNECTION_OPTIONS,
      connectionString: url,
      max,
      query_timeout: queryTimeoutMs,
      idleTimeoutMillis: 30_000,
      allowExitOnIdle: true,
      ...(options === undefined ? {} : { options }),
    });
    this.refuse = refuse;
    this.on('connect', (client) => {
      this.open.add(client);
      // The pool listens to idle connections only. An error of one that is being checked would end the process.
      client.on('error', () => undefined);
    });
    this.on('remove', (client) => this.open.delete(client));
    this.on('release', (_error, client) => this.idleSince.set(client, performance.now()));
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | void {
    const connected = this.connectChecked();
    if (!callback) return connected;
    connected.then(
      (client) => callback(undefined, client, (release?: boolean | Error) => client.release(release)),
      (error: Error) => callback(error, undefined, () => undefined),
    );
  }

  private async connectChecked(): Promise<pg.PoolClient> {
    for (;;) {
      const refusal = this.refuse?.();
      if (refusal) throw refusal;
      const client = await super.connect().catch((error: unknown) => {
        throw connectionError(error);
      });
      if (await this.isUsable(client)) return client;
      client.release(true);
    }
  }

  private async isUsable(client: pg.PoolClient): Promise<boolean> {
    const idleSince = this.idleSince.get(client);
    if (idleSince === undefined) return true;
    const verdict = this.trust.of(idleSince);
    if (verdict === 'use') return true;
    if (verdict === 'check' && (await isAlive(client))) return true;
    destroySocket(client);
    this.trust.discard(idleSince);
    return false;
  }

  // pg's overloads can't be repeated here without repeating their types: the arguments pass through as they are.
  override query = (async (...input: Parameters<pg.Pool['query']>) => {
    try {
      return await (super.query(...input) as unknown as Promise<unknown>);
    } catch (thrown) {
      const error = statementError(thrown);
      if (failureKind(error) === 'unavailable') this.trust.distrust();
      throw error;
    }
  }) as unknown as pg.Pool['query'];

  /** Has each connection checked before it is used again: some may have died silently. */
  distrustConnections(): void {
    this.trust.distrust();
  }

  /** Closes all connections, idle or in use. Their running statements fail. */
  dropConnections(): void {
    for (const client of this.open) destroySocket(client);
  }

  override async end(): Promise<void> {
    const timer = setTimeout(() => this.dropConnections(), TIMEOUTS.close);
    try {
      await super.end();
    } finally {
      clearTimeout(timer);
    }
  }
}
