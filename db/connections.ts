import knex, { type Knex } from 'knex';
import { knexSnakeCaseMappers } from 'objection';
import type pg from 'pg';
import { ConnectionPool } from './connection-pool.ts';
import { ConnectionTrust } from './connection-trust.ts';
import type { FailureKind } from './errors.ts';
import { PostgresClient, SILENT_LOG, type PostgresClientConfig } from './postgres-client.ts';
import { createProbe, type PoolProbe, type ReachableListener } from './probe.ts';
import { CONNECTION_OPTIONS } from './sessions.ts';
import { DIRECT_OPTIONS, TIMEOUTS } from './timeouts.ts';

/** The connections of a process to PostgreSQL. Created once by main.ts (or a test) and passed on. */
export interface Database {
  /** The pool of the services. Only tenancy.ts takes connections from it. */
  knex: Knex;
  /** The pool of the owner's transactions: the same one, unless the application role signs in with its own URL. */
  ownerKnex: Knex;
  /** Read-only pool of the hot path, as plain owner without row security; every statement names its organisation. */
  delivery: pg.Pool;
  /** For sessions outside the pools (listener, jobs, migrations): past a pooler. */
  directUrl: string;
  /** Whether the delivery pool's URL leads to a writable primary. */
  deliveryProbe: PoolProbe;
  /** Whether the services' pool's URL leads to a writable primary. */
  servicesProbe: PoolProbe;
  /** The same for `directUrl`. */
  directProbe: PoolProbe;
  /** Whether the newest write failed because the database's disk is full. Forgotten after a minute. */
  isDiskFull(): boolean;
  close(): Promise<void>;
}

export interface ConnectInput {
  /** `postgres://…` of the owner role; may lead through a pooler in transaction mode. */
  url: string;
  /** Past the pooler; the same as `url` when there is none. */
  directUrl?: string;
  /**
   * `postgres://…` of a login called like the application role, where the owner can't switch to that role. Leads through the
   * same pooler as `url`.
   */
  applicationUrl?: string | undefined;
  /** Connections of the services' pool. */
  poolSize?: number;
  /** Connections of the delivery pool. */
  deliveryPoolSize?: number;
  /** How long one statement may take before its connection is given up. */
  queryDeadlineMs?: number;
  /** Called with what a pool reports outside any query (a server that went away). */
  onError?: (error: Error) => void;
  /** Called when a probe finds that the database went away or came back. */
  onReachableChange?: ReachableListener;
  /** Called when the answer to a COMMIT was lost: what caches hold may be older than the database. */
  onOutcomeUnknown?: () => void;
  /** Whether the database's disk is known to be full. Only the process that runs the database can tell. */
  isDiskFull?: () => boolean;
}

/** The database role that the services work as: row security applies to it, immutable tables can't be changed. */
export const APPLICATION_ROLE = 'anvil_app';

const DISK_FULL_REMEMBERED_MS = 60_000;

/**
 * Creates the pools and their probe. No connection is opened before the first query, and nothing is probed before
 * `start()`.
 *
 * Direct connections of the services start as the application role. Behind a pooler no startup option is sent: it would
 * be refused, or stay on the server's connection for the next client. The tenant transaction sets role and limits itself
 * in both cases (tenancy.ts).
 *
 * With `applicationUrl`, tenant transactions and those of the owner have separate pools, each of `poolSize`.
 */
export function connect(input: ConnectInput): Database {
  const { url, directUrl = url, applicationUrl, poolSize = 10, deliveryPoolSize = 4 } = input;
  const isDirect = directUrl === url;
  const onChange = input.onReachableChange;
  // Both pools use one URL, so one probe speaks for both.
  const { isDiskFull = () => false } = input;
  const probe = createProbe({ url, onChange, isDiskFull });
  const directProbe = isDirect ? probe : createProbe({ url: directUrl, onChange, isDiskFull });
  const refuse = () => probe.refusal();
  const onError = (error: Error) => {
    // That the database is away was reported once. Its connections break one by one.
    if (!refuse()) input.onError?.(error);
  };
  const trust = new ConnectionTrust();
  let diskFullAt = -Infinity;
  const onResult = (kind: FailureKind | undefined) => {
    if (kind === 'outcome_unknown') input.onOutcomeUnknown?.();
    if (kind === 'disk_full') diskFullAt = performance.now();
    if (kind === undefined) diskFullAt = -Infinity;
  };

  const open = (poolUrl: string, role?: string) =>
    knex({
      ...servicesConfig({ url: poolUrl, isDirect, role, poolSize, onError }),
      ...{ queryDeadlineMs: input.queryDeadlineMs, refuse, onResult, trust },
    });
  const services = open(applicationUrl ?? url, APPLICATION_ROLE);
  const owner = applicationUrl === undefined ? services : open(url);
  const delivery = new ConnectionPool({
    ...{ url, max: deliveryPoolSize, queryTimeoutMs: TIMEOUTS.deliveryQuery, refuse },
    ...(isDirect ? { options: `-c timezone=UTC -c default_transaction_read_only=on ${DIRECT_OPTIONS}` } : {}),
  });
  delivery.on('error', onError);
  probe.onFailure(() => {
    trust.distrust();
    delivery.distrustConnections();
  });
  probe.onOutage((failure) => {
    for (const pool of new Set([services, owner])) (pool.client as PostgresClient).dropConnections(failure);
    delivery.dropConnections();
  });

  return {
    knex: services,
    ownerKnex: owner,
    delivery,
    directUrl,
    deliveryProbe: probe,
    servicesProbe: probe,
    directProbe,
    isDiskFull: () => isDiskFull() || performance.now() - diskFullAt < DISK_FULL_REMEMBERED_MS,
    close: async () => {
      await Promise.all([
        probe.stop(),
        directProbe.stop(),
        services.destroy(),
        owner.destroy(),
        delivery.end(),
      ]);
    },
  };
}

function servicesConfig(input: {
  url: string;
  isDirect: boolean;
  role: string | undefined;
  poolSize: number;
  onError: (error: Error) => void;
}): Knex.Config & PostgresClientConfig {
  const { url, isDirect, role, poolSize, onError } = input;
  const startAs = role === undefined ? '' : `-c role=${role} `;
  return {
    client: PostgresClient as unknown as typeof knex.Client,
    connection: {
      ...CONNECTION_OPTIONS,
      connectionString: url,
      ...(isDirect ? { options: `${startAs}-c timezone=UTC ${DIRECT_OPTIONS}` } : {}),
    },
    // Named, so that knex doesn't ask for it on the first connection. Nothing that Anvil uses depends on it.
    version: '15',
    pool: {
      min: 0,
      max: poolSize,
      afterCreate: (connection: pg.Client, done: (error: null, connection: pg.Client) => void) => {
        connection.on('error', onError);
        done(null, connection);
      },
    },
    acquireConnectionTimeout: TIMEOUTS.acquire,
    log: SILENT_LOG,
    ...knexSnakeCaseMappers(),
  };
}
