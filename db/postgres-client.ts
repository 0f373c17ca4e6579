import knex, { type Knex } from 'knex';
import { createRequire } from 'node:module';
import type pg from 'pg';
import type { ConnectionTrust } from './connection-trust.ts';
import { connectionError, isNeverSent, statementError } from './driver-errors.ts';
import { DatabaseFailure, failureKind, type FailureKind } from './errors.ts';
import { destroySocket, isAlive } from './sessions.ts';
import { TIMEOUTS } from './timeouts.ts';

type Connection = pg.Client & {
  /** Set: the pool throws the connection away. */
  __knex__disposed?: Error;
  /** When the connection answered last, by `performance.now()`. */
  answeredAt?: number;
  /** Whether the transaction that is running changed something. */
  hasWritten?: boolean;
};

interface QueryObject {
  sql: string;
  response?: { command?: string };
}

interface Acquisition {
  reject(error: Error): void;
}

interface Pool {
  numUsed(): number;
  max: number;
  pendingAcquires: Acquisition[];
}

/** The part of the configuration that connections.ts adds to knex's own. */
export interface PostgresClientConfig {
  /** How long one statement may take, in milliseconds. */
  queryDeadlineMs?: number;
  /** Which connections are checked before use. */
  trust?: ConnectionTrust;
  /** Why no connection is handed out now, if so. */
  refuse?: () => DatabaseFailure | undefined;
  /** Called with the kind of each failed statement, and with `undefined` after a COMMIT that saved something. */
  onResult?: (kind: FailureKind | undefined) => void;
}

interface Dialect {
  config: Knex.Config & PostgresClientConfig;
  pool?: Pool;
  _query(connection: Connection, query: QueryObject): Promise<QueryObject>;
  acquireConnection(): Promise<Connection>;
  acquireRawConnection(): Promise<Connection>;
  destroyRawConnection(connection: Connection): Promise<unknown>;
  validateConnection(connection: Connection): boolean | Promise<boolean>;
}

// knex exports its dialects by path only and has no types for them.
const PostgresDialect = createRequire(import.meta.url)('knex/lib/dialects/postgres/index.js') as new (
  config: Knex.Config,
) => Dialect;

/** knex writes to the console when it is given no log. What matters reaches the caller as an error. */
export const SILENT_LOG = {
  warn: () => undefined,
  error: () => undefined,
  deprecate: () => undefined,
  debug: () => undefined,
};

/** Commands that change no row. A SELECT may call a function that does: our `enqueue()`. */
const READING_COMMANDS = new Set(['BEGIN', 'SELECT', 'SET', 'SHOW']);
const WRITING_FUNCTION = /\benqueue\(/;

/**
 * knex' PostgreSQL dialect, with what knex lacks:
 *
 * - Errors of the driver that have no code get their kind here (errors.ts).
 * - A COMMIT that rolled back, because a failed statement before it was swallowed, throws. knex reports success.
 * - A COMMIT whose answer is lost is `outcome_unknown`, if the transaction changed something.
 * - Each statement has a deadline, after which its connection is destroyed. Without it a backend that never answers hangs
 *   knex forever, and pg's own `query_timeout` hands the dead connection to the next caller.
 * - A connection that was idle for long is checked before use.
 */
export class PostgresClient extends PostgresDialect {
  /** All that are open, in use or idle. */
  private readonly connections = new Set<Connection>();

  override async _query(connection: Connection, query: QueryObject): Promise<QueryObject> {
    try {
      const done = await this.runWithDeadline(connection, query);
      connection.answeredAt = performance.now();
      const command = done.response?.command ?? '';
      if (query.sql === 'COMMIT;') {
        if (command !== 'COMMIT')
          throw new Error(
            'The transaction was rolled back at COMMIT because the error of a failed statement was swallowed',
          );
        if (connection.hasWritten) this.config.onResult?.(undefined);
      }
      if (command === 'BEGIN') connection.hasWritten = false;
      else if (!READING_COMMANDS.has(command) || WRITING_FUNCTION.test(query.sql))
        connection.hasWritten = true;
      return done;
    } catch (thrown) {
      const error = this.classify(thrown, connection, query);
      const kind = failureKind(error);
      if (kind !== undefined) this.config.onResult?.(kind);
      throw error;
    }
  }

  private async runWithDeadline(connection: Connection, query: QueryObject): Promise<QueryObject> {
    const deadlineMs = this.deadlineOf(query);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new DatabaseFailure(
          'unavailable',
          `No answer from the database within ${deadlineMs} ms`,
        );
        connection.__knex__disposed = error;
        destroySocket(connection);
        this.config.trust?.distrust();
        reject(error);
      }, deadlineMs);
    });
    const running = super._query(connection, query);
    // If the deadline wins, the destroyed socket makes this promise fail later.
    running.catch(() => undefined);
    try {
      return await Promise.race([running, deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  private deadlineOf({ sql }: QueryObject): number {
    if (sql.startsWith('BEGIN')) return TIMEOUTS.beginDeadline;
    if (sql === 'ROLLBACK') return TIMEOUTS.rollbackDeadline;
    return this.config.queryDeadlineMs ?? TIMEOUTS.queryDeadline;
  }

  private classify(thrown: unknown, connection: Connection, query: QueryObject): unknown {
    const error = statementError(thrown);
    const isLostCommit =
      query.sql === 'COMMIT;' && failureKind(error) === 'unavailable' && !isNeverSent(thrown);
    if (!isLostCommit || !connection.hasWritten) return error;
    return new DatabaseFailure('outcome_unknown', 'The answer to COMMIT was lost', { cause: error });
  }

  override async acquireConnection(): Promise<Connection> {
    const refusal = this.config.refuse?.();
    if (refusal) throw refusal;
    try {
      return await super.acquireConnection();
    } catch (error) {
      if (!(error instanceof knex.KnexTimeoutError)) throw error;
      const { pool } = this;
      const isFull = pool !== undefined && pool.numUsed() >= pool.max;
      throw new DatabaseFailure(isFull ? 'busy' : 'unavailable', error.message, { cause: error });
    }
  }

  override async acquireRawConnection(): Promise<Connection> {
    try {
      const connection = await super.acquireRawConnection();
      connection.answeredAt = performance.now();
      this.connections.add(connection);
      connection.once('end', () => this.connections.delete(connection));
      return connection;
    } catch (error) {
      throw connectionError(error);
    }
  }

  override async validateConnection(connection: Connection): Promise<boolean> {
    const { trust } = this.config;
    const { answeredAt = 0 } = connection;
    const verdict = trust?.of(answeredAt) ?? 'use';
    if (verdict !== 'check') return verdict === 'use';
    if (await isAlive(connection)) {
      connection.answeredAt = performance.now();
      return true;
    }
    trust?.discard(answeredAt);
    return false;
  }

  override async destroyRawConnection(connection: Connection): Promise<void> {
    const timer = setTimeout(() => destroySocket(connection), TIMEOUTS.close);
    try {
      await super.destroyRawConnection(connection);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes all connections, idle or in use, and fails all callers that wait for one or for an answer. */
  dropConnections(failure: DatabaseFailure): void {
    for (const connection of this.connections) {
      connection.__knex__disposed = failure;
      destroySocket(connection);
    }
    for (const acquisition of [...(this.pool?.pendingAcquires ?? [])]) acquisition.reject(failure);
  }
}
