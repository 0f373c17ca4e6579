import type pg from 'pg';
import { connectionError, statementError } from './driver-errors.ts';
import { DatabaseFailure, FAILURES, failureKind } from './errors.ts';
import { closeSession, createSession, destroySocket } from './sessions.ts';
import { PROBE_FAILURES_MAX, TIMEOUTS } from './timeouts.ts';

/** Asks the database every second whether it works, over a connection that no pool uses. */
export interface Probe {
  /** Whether the newest probe reached a writable primary. True before the first probe. */
  readonly isReachable: boolean;
  /** Milliseconds since 1970 at the start of the newest successful probe (or of creation). */
  readonly lastSuccessAt: number;
  /** Why the newest probe failed, for people. */
  readonly failure: string | undefined;
  /** Probes every second from now on. */
  start(): void;
  stop(): Promise<void>;
  /** Probes once, now. Callers at the same time share one probe. */
  check(): Promise<void>;
}

/** A probe that decides about the connections of pools. */
export interface PoolProbe extends Probe {
  /** Why pools hand out no connections: the database has been unreachable for several probes. */
  refusal(): DatabaseFailure | undefined;
  /** Calls `distrust` after each failed probe: what took the probe's connection may have taken others. */
  onFailure(distrust: () => void): void;
  /** Calls `drop` when the database has been unreachable for several probes in a row. */
  onOutage(drop: (failure: DatabaseFailure) => void): void;
}

/** @param error why the database became unreachable; `undefined`: it is reachable again */
export type ReachableListener = (error: Error | undefined) => void;

export interface ProbeInput {
  /** The URL of the pool, through the pooler if the pool uses one. */
  url: string;
  /** Called when the result changes. */
  onChange?: ReachableListener | undefined;
  /** Whether a failure means that the database's disk is full. */
  isDiskFull?: () => boolean;
}

/**
 * Whether this session, or a new one, can't write. A server that was demoted in a failover, or a database that was set to
 * read-only, may have old rows.
 */
const IS_WRITABLE = `
  select pg_is_in_recovery() as in_recovery,
         current_setting('transaction_read_only') = 'on' or exists (
           select from pg_db_role_setting, unnest(setconfig) as setting
           where setdatabase in (0, (select oid from pg_database where datname = current_database()))
             and setrole in (0, session_user::regrole)
             and setting like 'default\\_transaction\\_read\\_only=%' and split_part(setting, '=', 2)::bool
         ) as read_only`;

/** How finely a probe counts its time. */
const TICK_MS = 50;

/** Creates a probe that does nothing until it is started or asked. */
export function createProbe({
  url,
  onChange = () => undefined,
  isDiskFull = () => false,
}: ProbeInput): PoolProbe {
  const distrusts: (() => void)[] = [];
  const drops: ((failure: DatabaseFailure) => void)[] = [];
  let isReachable = true;
  let lastSuccessAt = Date.now();
  let failure: string | undefined;
  let failuresInARow = 0;
  let refusal: DatabaseFailure | undefined;
  let client: pg.Client | undefined;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStarted = false;

  async function askServer(): Promise<void> {
    const session = client ?? (await connect());
    const { rows } = await session.query<{ in_recovery: boolean; read_only: boolean }>(IS_WRITABLE);
    if (rows[0]?.in_recovery) throw new DatabaseFailure('read_only', 'The database is in recovery');
    if (rows[0]?.read_only) throw new DatabaseFailure('read_only', 'The database is read-only');
  }

  async function connect(): Promise<pg.Client> {
    const session = createSession({ url });
    // Known from now on, so that a probe that takes too long can destroy it.
    client = session;
    session.once('end', () => {
      if (client === session) client = undefined;
    });
    await session.connect().catch((error: unknown) => {
      throw connectionError(error);
    });
    return session;
  }

  async function probe(): Promise<void> {
    const startedAt = Date.now();
    try {
      await withinRunningTime(askServer(), TIMEOUTS.probe);
      lastSuccessAt = startedAt;
      failuresInARow = 0;
      refusal = undefined;
      failure = undefined;
      change(true);
    } catch (thrown) {
      // The next probe opens a new connection: the address may lead to another server then.
      if (client) destroySocket(client);
      client = undefined;
      fail(statementError(thrown));
    }
  }

  function fail(error: unknown): void {
    const kind = isDiskFull() ? 'disk_full' : (failureKind(error) ?? 'unavailable');
    // Without the driver's words: they name addresses, and the failure is shown to everybody.
    failure = FAILURES[kind].message;
    change(false, error);
    for (const distrust of distrusts) distrust();
    // The server answers, and the connections that the pools have still work.
    if (kind === 'out_of_connections') return;
    failuresInARow += 1;
    if (failuresInARow < PROBE_FAILURES_MAX) return;
    refusal = new DatabaseFailure(kind, 'The database has been unreachable for several probes', {
      cause: error,
    });
    if (failuresInARow === PROBE_FAILURES_MAX) for (const drop of drops) drop(refusal);
  }

  function change(nowReachable: boolean, error?: unknown): void {
    if (nowReachable === isReachable) return;
    isReachable = nowReachable;
    onChange(nowReachable ? undefined : error instanceof Error ? error : new Error(String(error)));
  }

  function check(): Promise<void> {
    running ??= probe().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function run(): Promise<void> {
    const startedAt = performance.now();
    await check();
    if (!isStarted) return;
    const left = TIMEOUTS.probeInterval - (performance.now() - startedAt);
    timer = setTimeout(() => void run(), Math.max(0, left));
    timer.unref();
  }

  return {
    get isReachable() {
      return isReachable;
    },
    get lastSuccessAt() {
      return lastSuccessAt;
    },
    get failure() {
      return failure;
    },
    refusal: () => refusal,
    onFailure: (distrust) => void distrusts.push(distrust),
    onOutage: (drop) => void drops.push(drop),
    start: () => {
      if (isStarted) return;
      isStarted = true;
      void run();
    },
    stop: async () => {
      isStarted = false;
      clearTimeout(timer);
      await running;
      const last = client;
      client = undefined;
      if (last) await closeSession(last);
    },
    check,
  };
}

/**
 * Fails when `work` takes longer than `ms` of a running event loop. Time during which the loop is blocked isn't counted:
 * the answer may be there and unread.
 */
async function withinRunningTime(work: Promise<void>, ms: number): Promise<void> {
  let ticks = 0;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      ticks += 1;
      if (ticks * TICK_MS >= ms) reject(new DatabaseFailure('unavailable', `No answer within ${ms} ms`));
    }, TICK_MS);
  });
  // If the deadline wins, the destroyed socket makes this promise fail later.
  work.catch(() => undefined);
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearInterval(timer);
  }
}
