import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { failureKind } from './errors.ts';
import { DIRECT_OPTIONS, TIMEOUTS } from './timeouts.ts';

/**
 * How long a statement of a migration waits for a lock. Every later statement on that table waits behind it, so this is
 * also how long a migration may stop an Anvil that is running.
 */
const LOCK_TIMEOUT_MS = 2_000;
/** After the first failed attempt; doubled after each further one. All attempts take about two minutes. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
const ATTEMPTS = 10;
const SAMPLES_PER_ATTEMPT = 10;

export interface LockRetryOptions {
  lockTimeoutMs?: number;
  /** Waits between two attempts. Tests pass a pause that they end themselves. */
  pause?: (milliseconds: number) => Promise<unknown>;
}

/** A migration gave up because another session holds a lock. The message names the session and says what to do. */
export class MigrationLockError extends Error {
  override name = 'MigrationLockError';
}

/** Startup `options` of a connection that migrates: its limits apply to each of its statements. */
export function migrationSettings({ lockTimeoutMs = LOCK_TIMEOUT_MS }: LockRetryOptions = {}): string {
  const settings = {
    lock_timeout: lockTimeoutMs,
    statement_timeout: TIMEOUTS.longQuery,
    idle_in_transaction_session_timeout: 60_000,
    // Without it the statement of a migration that was killed continues to run.
    client_connection_check_interval: 1_000,
  };
  const own = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  return [DIRECT_OPTIONS, ...own].join(' ');
}

/**
 * Runs migrations and repeats them after a growing pause when a lock isn't granted in time.
 *
 * @param observer a connection that is idle meanwhile; it looks up which session blocks
 * @param applicationName of the connections on which `work` runs
 * @throws MigrationLockError after the last attempt; any other error of `work` at once
 */
export async function retryOnLockTimeout<T>(
  observer: pg.Client,
  applicationName: string,
  work: () => Promise<T>,
  { lockTimeoutMs = LOCK_TIMEOUT_MS, pause = (milliseconds) => sleep(milliseconds) }: LockRetryOptions = {},
): Promise<T> {
  const sampleEveryMs = lockTimeoutMs / SAMPLES_PER_ATTEMPT;
  for (let attempt = 1; ; attempt += 1) {
    const blockers = observeBlockers(observer, applicationName, sampleEveryMs);
    try {
      return await work();
    } catch (error) {
      if (failureKind(error) !== 'lock_timeout') throw error;
      if (attempt === ATTEMPTS) throw lockError(await blockers.stop(), error);
    } finally {
      await blockers.stop();
    }
    await pause(Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS));
  }
}

interface Blocker {
  pid: number;
  application: string | null;
  user: string | null;
  /** null for a session of another role, whose state PostgreSQL hides. */
  seconds: number | null;
}

/** Looks again and again which sessions block, since PostgreSQL knows them only while a statement waits. */
function observeBlockers(
  observer: pg.Client,
  applicationName: string,
  sampleEveryMs: number,
): { stop(): Promise<Blocker[]> } {
  const end = new AbortController();
  let found: Blocker[] = [];
  const running = (async () => {
    while (!end.signal.aborted) {
      const { rows } = await observer.query<Blocker>(
        `select distinct blocker.pid, blocker.application_name as application, blocker.usename as user,
                extract(epoch from now() - blocker.xact_start)::int as seconds
           from pg_stat_activity waiting
           cross join lateral unnest(pg_blocking_pids(waiting.pid)) as blocking (pid)
           join pg_stat_activity blocker on blocker.pid = blocking.pid
          where waiting.application_name = $1`,
        [applicationName],
      );
      if (rows.length > 0) found = rows;
      await sleep(sampleEveryMs, undefined, { signal: end.signal }).catch(() => undefined);
    }
    // The work itself reports a connection that was lost.
  })().catch(() => undefined);
  return {
    stop: async () => {
      end.abort();
      await running;
      return found;
    },
  };
}

function lockError(blockers: readonly Blocker[], cause: unknown): MigrationLockError {
  const sessions = blockers.map(({ pid, application, user, seconds }) => {
    const details = [
      application || undefined,
      user && `role ${user}`,
      seconds !== null && `for ${seconds} s`,
    ];
    return `${pid} (${details.filter(Boolean).join(', ')})`;
  });
  const pids = blockers.map(({ pid }) => `select pg_terminate_backend(${pid});`);
  return new MigrationLockError(
    sessions.length > 0
      ? `The migration can't lock a table because of database session ${sessions.join(' and ')}. ` +
          `Wait until it ends, or end it with ${pids.join(' ')}, then start again.`
      : "The migration can't lock a table because another database session uses it. " +
          'Look for long transactions in pg_stat_activity, then start again.',
    { cause },
  );
}
