import type { Knex } from 'knex';
import { createRequire } from 'node:module';

interface PgConnection {
  __knex__disposed?: Error;
  connection?: { stream?: { destroy(): void } };
}
interface QueryObject {
  sql: string;
  response?: { command?: string };
}
interface DialectPrototype {
  config: Knex.Config & { queryDeadlineMs?: number };
  _query(connection: PgConnection, query: QueryObject): Promise<QueryObject>;
}

// knex exports its dialects by path only and ships no types for them.
const PostgresDialect = createRequire(import.meta.url)('knex/lib/dialects/postgres/index.js') as new (
  config: Knex.Config,
) => DialectPrototype;

/** A statement that outlived its deadline. Its connection is closed, never handed out again. */
export class QueryDeadlineError extends Error {
  override name = 'QueryDeadlineError';
}

/**
 * knex' PostgreSQL dialect with two holes closed:
 *
 * - A statement that failed inside a transaction and whose error was swallowed turns COMMIT into ROLLBACK, and
 *   knex reports success. Here a COMMIT that did not commit throws.
 * - A backend that never answers hangs knex and its `destroy()` for ever, and pg's own `query_timeout` hands the
 *   dead connection to the next caller. Here each statement has a deadline (config `queryDeadlineMs`) after which
 *   its connection is destroyed.
 */
export class PostgresClient extends PostgresDialect {
  override async _query(connection: PgConnection, query: QueryObject): Promise<QueryObject> {
    const deadlineMs = this.config.queryDeadlineMs ?? 60_000;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new QueryDeadlineError(`No answer from the database within ${deadlineMs} ms`);
        connection.__knex__disposed = error;
        connection.connection?.stream?.destroy();
        reject(error);
      }, deadlineMs);
    });
    const running = super._query(connection, query);
    // When the deadline wins, the destroyed socket makes this one fail later: that failure is already reported.
    running.catch(() => undefined);
    try {
      const done = await Promise.race([running, deadline]);
      if (query.sql === 'COMMIT;' && done.response?.command !== 'COMMIT') {
        throw new Error(
          'The transaction was rolled back at COMMIT: a failed statement inside it was swallowed',
        );
      }
      return done;
    } finally {
      clearTimeout(timer);
    }
  }
}
