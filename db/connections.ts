import knex, { type Knex } from 'knex';
import { knexSnakeCaseMappers } from 'objection';
import pg from 'pg';
import { PostgresClient } from './postgres-client.ts';

/** What a process holds open to PostgreSQL. Made once by main.ts (or a test) and passed on. */
export interface Database {
  /** The pool of the services. Only tenancy.ts takes connections from it. */
  knex: Knex;
  /** Read-only pool of the hot path, as plain owner without row security; every statement names its organisation. */
  delivery: pg.Pool;
  deliveryProbe: { readonly isReachable: boolean; check(): Promise<void> };
  /** Where a session of its own may be opened (listener, migrations): past a pooler. */
  directUrl: string;
  close(): Promise<void>;
}

export interface ConnectInput {
  /** `postgres://…` of the owner role; may lead through a pooler in transaction mode. */
  url: string;
  /** Past the pooler; the same as `url` when there is none. */
  directUrl?: string;
  /** Connections of the services' pool. */
  poolSize?: number;
  /** Connections of the delivery pool. */
  deliveryPoolSize?: number;
  /** How long one statement may take before its connection is given up. */
  queryDeadlineMs?: number;
  /** Called with what a pool reports outside any query (a server that went away). */
  onError?: (error: Error) => void;
}

/** The database role that the services work as: row security applies to it, immutable tables can't be changed. */
export const APPLICATION_ROLE = 'anvil_app';

/**
 * Opens the pools (lazily: no connection is made before the first query).
 *
 * Connected directly, the services' connections start as the application role. Behind a pooler no session setting
 * is sent at all, it would stay on the server's connection for the next client; the tenant transaction sets the
 * role for itself in both cases (tenancy.ts).
 */
export function connect(input: ConnectInput): Database {
  const { url, directUrl = url, poolSize = 10, deliveryPoolSize = 4, onError = () => undefined } = input;
  const direct = directUrl === url;

  const services = knex({
    client: PostgresClient as unknown as typeof knex.Client,
    connection: {
      connectionString: url,
      connectionTimeoutMillis: 5_000,
      ...(direct ? { options: `-c role=${APPLICATION_ROLE} -c timezone=UTC` } : {}),
    },
    pool: {
      min: 0,
      max: poolSize,
      afterCreate: (connection: pg.Client, done: (error: null, connection: pg.Client) => void) => {
        connection.on('error', onError);
        done(null, connection);
      },
    },
    acquireConnectionTimeout: 10_000,
    queryDeadlineMs: input.queryDeadlineMs ?? 60_000,
    // knex writes to the console when it is given no log. What matters reaches the caller as an error.
    log: {
      warn: () => undefined,
      error: () => undefined,
      deprecate: () => undefined,
      debug: () => undefined,
    },
    ...knexSnakeCaseMappers(),
  } as Knex.Config);

  const delivery = new pg.Pool({
    connectionString: url,
    max: deliveryPoolSize,
    connectionTimeoutMillis: 2_000,
    query_timeout: 5_000,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
    ...(direct ? { options: '-c timezone=UTC -c default_transaction_read_only=on' } : {}),
  });
  delivery.on('error', onError);

  return {
    knex: services,
    delivery,
    deliveryProbe: { isReachable: true, check: () => Promise.resolve() },
    directUrl,
    close: async () => {
      await Promise.all([services.destroy(), delivery.end()]);
    },
  };
}
