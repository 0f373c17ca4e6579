import { Logger, run, type JobHelpers, type Runner, type TaskList, type WorkerEvents } from 'graphile-worker';
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { ConnectionPool } from '#db/connection-pool.ts';
import { DIRECT_OPTIONS, TIMEOUTS } from '#db/timeouts.ts';
import type { Attempt, Tasks } from './tasks.ts';

/** Connections of the jobs: one listens, the others fetch and finish jobs. A job that runs holds none. */
export const JOB_CONNECTIONS = 3;
/** A mail server may take ten minutes for one mail (RFC 5321, 4.5.3.2), and the other mails must not wait for it. */
export const JOBS_AT_ONCE = 20;
/** How often each worker looks for a job that is tried again. A new job is announced. */
const POLL_MS = 5_000;
/** How graphile-worker delays attempts: e^n seconds after attempt n, at most e^10. */
const DELAY_EXPONENT_MAX = 10;

export interface JobsInput {
  /** `postgres://…` of the owner role, past any pooler: it listens. */
  directUrl: string;
  tasks: Tasks;
  /** Told what broke: a job that failed and is tried again, or the workers, which are started anew. */
  onError: (error: unknown, what: 'a job failed' | 'the jobs lost the database') => void;
  /** How often this process sends a heartbeat for its workers. */
  beatMs?: number;
  /** Workers without a heartbeat for this long lose their jobs to others. */
  deadAfterMs?: number;
  /** How long to wait before workers are started anew. */
  restartMs?: number;
}

export interface Jobs {
  /** Closes every connection, for a database that can't be reached any more. The workers start again by themselves. */
  dropConnections(): void;
  /** Records that this process's workers are alive, and unlocks the jobs of dead workers. Runs every `beatMs` by itself. */
  heartbeat(): Promise<void>;
  /** Asks for no more jobs, waits for those that it has, and closes the connections. */
  stop(): Promise<void>;
}

/**
 * Runs the jobs of this database, until it is stopped. A job that ends while the database is away kills its worker for
 * good, says nothing, and stays locked for four hours: so the workers are watched and started anew, and what they held
 * is unlocked; what a process held that died (kill -9) is unlocked by whoever is alive.
 */
export function startJobs(input: JobsInput): Jobs {
  const { directUrl, onError, restartMs = 1_000, beatMs = 10_000, deadAfterMs = 60_000 } = input;
  const pool = new ConnectionPool({
    ...{ url: directUrl, max: JOB_CONNECTIONS, queryTimeoutMs: TIMEOUTS.jobsQuery },
    options: `-c timezone=UTC ${DIRECT_OPTIONS}`,
  });
  const lost = (error: unknown) => onError(error, 'the jobs lost the database');
  pool.on('error', lost);
  const stopped = new AbortController();
  /** Workers of this process that are gone, and may hold jobs. */
  let abandoned: string[] = [];
  /** Workers of this process that run now. */
  let current: readonly string[] = [];
  const heartbeat = () => recordHeartbeat(pool, current, deadAfterMs);

  async function work(): Promise<void> {
    await unlock(pool, abandoned);
    abandoned = [];
    const watched = watch();
    current = watched.ids;
    let runner: Runner | undefined;
    const timer = setInterval(() => void heartbeat().catch(lost), beatMs);
    try {
      runner = await run({
        ...{ pgPool: pool, events: watched.events, concurrency: JOBS_AT_ONCE },
        ...{ pollInterval: POLL_MS, noHandleSignals: true },
        ...{ taskList: taskListOf(input.tasks), crontab: '', logger: new Logger(() => () => undefined) },
      });
      void heartbeat().catch(lost);
      await Promise.race([watched.broken, runner.promise, aborted(stopped.signal)]);
    } finally {
      clearInterval(timer);
      // What it says by rejecting was heard above, or does not matter any more.
      runner?.promise.catch(() => undefined);
      await runner?.stop().catch(() => undefined);
      abandoned = watched.ids;
      current = [];
    }
  }

  async function supervise(): Promise<void> {
    while (!stopped.signal.aborted) {
      await work().catch(lost);
      await sleep(restartMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
    await unlock(pool, abandoned).catch(() => undefined);
    await pool.end();
  }

  function watch() {
    const events = new EventEmitter() as WorkerEvents;
    const ids: string[] = [];
    events.on('worker:create', ({ worker }) => void ids.push(worker.workerId));
    events.on('job:error', ({ error }) => onError(error, 'a job failed'));
    const broken = new Promise<never>((_resolve, reject) => {
      events.on('worker:fatalError', ({ error }) => reject(error as Error));
    });
    broken.catch(() => undefined);
    return { events, ids, broken };
  }

  const supervised = supervise();
  return {
    dropConnections: () => pool.dropConnections(),
    heartbeat,
    stop: async () => {
      stopped.abort();
      await supervised;
    },
  };
}

function taskListOf(tasks: Tasks): TaskList {
  return Object.fromEntries(
    Object.entries(tasks).map(([name, task]) => [
      name,
      async (payload: unknown, { job }: JobHelpers) => task((payload as { id: string }).id, attemptOf(job)),
    ]),
  );
}

export function attemptOf({ attempts, max_attempts: max }: JobHelpers['job']): Attempt {
  const delayMs = Math.exp(Math.min(attempts, DELAY_EXPONENT_MAX)) * 1_000;
  return { attempt: attempts, retryInMs: attempts < max ? delayMs : undefined };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Lets others take the jobs of workers that are gone. */
async function unlock(pool: pg.Pool, workerIds: readonly string[]): Promise<void> {
  if (workerIds.length === 0) return;
  await pool.query('select graphile_worker.force_unlock_workers($1)', [workerIds]);
  await pool.query('delete from job_workers where worker_id = any ($1)', [workerIds]);
}

/** Records that these workers are alive, and unlocks the jobs of workers without a recent heartbeat. */
async function recordHeartbeat(
  pool: pg.Pool,
  workerIds: readonly string[],
  deadAfterMs: number,
): Promise<void> {
  await pool.query(
    `insert into job_workers (worker_id) select unnest($1::text[])
     on conflict (worker_id) do update set beat_at = now()`,
    [workerIds],
  );
  await pool.query(
    `with dead as (delete from job_workers where beat_at < now() - $1 * interval '1 millisecond' returning worker_id),
          held as (
            select distinct locked_by from graphile_worker.jobs
            where locked_at < now() - $1 * interval '1 millisecond'
              and locked_by not in (select worker_id from job_workers
                                    where beat_at >= now() - $1 * interval '1 millisecond')
          )
     select graphile_worker.force_unlock_workers(array_agg(locked_by)) from held having count(*) > 0`,
    [deadAfterMs],
  );
}
