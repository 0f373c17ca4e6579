/**
 * How long Anvil and PostgreSQL wait for each other, in milliseconds. docs/decisions/0016 explains the numbers. A limit
 * of the server ends before the limit of the client that covers it, so that the caller learns the reason.
 */
export const TIMEOUTS = {
  /** Opening a connection, with TLS and sign-in. */
  connect: 3_000,
  /** Waiting for a connection while all of the pool are in use. */
  acquire: 10_000,
  /** One statement of the services' pool, measured by the client. Longer than `INTERACTIVE_LIMITS.statement_timeout`. */
  queryDeadline: 20_000,
  /** A BEGIN. It costs the server nothing, so a connection that doesn't answer it is dead. A pooler may let it wait. */
  beginDeadline: 3_000,
  /** A ROLLBACK. knex stops waiting after 5 s and returns the connection to the pool, so this has to be shorter. */
  rollbackDeadline: 4_000,
  /** One statement of the delivery pool. */
  deliveryQuery: 5_000,
  /** One statement of the jobs' pool. */
  jobsQuery: 20_000,
  /** One statement of a migration or an archive. */
  longQuery: 60 * 60_000,
  /** A connection that was idle for longer is checked before use. */
  idleBeforeCheck: 5_000,
  /** That check. */
  idleCheck: 1_000,
  /** Saying goodbye to the server before the socket is destroyed. */
  close: 1_000,
  /** Between two probes. */
  probeInterval: 1_000,
  /** One probe, connecting included. */
  probe: 1_000,
  /** The first TCP keepalive packet. Linux then sends one a second and gives up after ten. */
  keepAliveDelay: 5_000,
} as const;

/** After so many failed probes in a row, the pool drops its connections. */
export const PROBE_FAILURES_MAX = 3;

/** Settings of one transaction, as PostgreSQL names them, in milliseconds. */
export interface TransactionLimits {
  lock_timeout: number;
  statement_timeout: number;
  idle_in_transaction_session_timeout: number;
}

/**
 * Transactions that a person or a program waits for. The transaction sets them itself, which works behind poolers and on
 * managed databases. Together they free the locks of a server that died within 30 s: its last statement ends after at
 * most 15 s, and its transaction 10 s later.
 */
export const INTERACTIVE_LIMITS: TransactionLimits = {
  lock_timeout: 5_000,
  statement_timeout: 15_000,
  idle_in_transaction_session_timeout: 10_000,
};

/**
 * Rows of a file that is imported, some dozens in one transaction. Two imports of one set wait for each other: the second
 * must not fail because the first takes its time.
 */
export const IMPORT_LIMITS: TransactionLimits = { ...INTERACTIVE_LIMITS, lock_timeout: 14_000 };

/**
 * One long transaction that imports or exports an archive: its statements read or write whole tables, and between two
 * statements it may wait for a slow disk or pipe.
 */
export const ARCHIVE_LIMITS: TransactionLimits = {
  lock_timeout: 30_000,
  statement_timeout: TIMEOUTS.longQuery,
  idle_in_transaction_session_timeout: 10 * 60_000,
};

/**
 * Settings by which PostgreSQL notices a client whose machine or network is gone, as startup options. Only for direct
 * connections: a pooler refuses startup options, or applies them to a connection that others share.
 */
export const DIRECT_OPTIONS = [
  '-c tcp_keepalives_idle=10',
  '-c tcp_keepalives_interval=5',
  '-c tcp_keepalives_count=3',
  '-c tcp_user_timeout=20000',
  '-c client_connection_check_interval=5000',
].join(' ');

/** Returns the statement that sets the limits for the running transaction. */
export function setLimits(limits: TransactionLimits): string {
  const settings = Object.entries(limits).map(([name, ms]) => `set_config('${name}', '${ms}', true)`);
  return `select ${settings.join(', ')}`;
}
