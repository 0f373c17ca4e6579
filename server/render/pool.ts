import { judgeTimeout, nextDeadline, type Attempt } from './deadline.ts';
import { createFairQueue } from './fair-queue.ts';
import type { RenderOutcome, WorkerJob } from './job.ts';
import { stopped, timedOut } from './job.ts';
import { startThread, type RenderThread, type ThreadOptions } from './thread.ts';

export interface PoolOptions extends ThreadOptions {
  threads: number;
  /** Jobs of one organisation that may wait for a thread. */
  queueLimit: number;
  /** How long a job may wait for a thread. */
  queueWaitMs: number;
  /** Called for each thread that is lost, with the reason in a sentence. */
  onLost?: ((reason: string) => void) | undefined;
}

export interface Pool {
  /** @param organisationId whose queue the job waits in */
  run(organisationId: string, job: Omit<WorkerJob, 'id'>): Promise<RenderOutcome>;
  /** Threads that live now. */
  size(): number;
  close(): Promise<void>;
}

interface Task {
  organisationId: string;
  job: Omit<WorkerJob, 'id'>;
  /** All attempts so far. */
  attempts: Attempt[];
  resolve: (outcome: RenderOutcome) => void;
  /** While it waits: gives up. */
  timer: NodeJS.Timeout | undefined;
}

/** A thread that dies before it is ready would die again at once, so it is replaced only after this time. */
const RESTART_DELAY_MS = 1_000;
/** The greatest size of all waiting jobs, in characters of their values. */
const QUEUED_VALUES_MAX_LENGTH = 16 * 1024 * 1024;
const BUSY = stopped(
  'render.busy',
  'Too many templates are being rendered at the moment. Try again in a second.',
);
const CLOSED = stopped('render.closed', 'The server is shutting down.');

/**
 * Threads for rendering. Each does one job at a time and is started when it is first needed. Free threads take jobs of
 * any organisation, and organisations take turns. It isn't a library's pool, because a job's deadline counts from the
 * moment a ready thread gets it, a starved job is repeated, and a lost thread is replaced at once but one that was never
 * ready only after a second.
 */
export function createPool(options: PoolOptions): Pool {
  const threads = new Set<RenderThread>();
  const queue = createFairQueue<Task>({
    itemsPerOwner: options.queueLimit,
    totalWeight: QUEUED_VALUES_MAX_LENGTH,
  });
  const running = new Set<Task>();
  let closed = false;
  let restart: NodeJS.Timeout | undefined;

  function start(): void {
    const thread = startThread(options, {
      onReady: dispatch,
      onLost: (reason) => {
        threads.delete(thread);
        if (closed) return;
        options.onLost?.(`A render thread was lost: ${reason}`);
        if (thread.isReady()) start();
        else restart ??= setTimeout(restartAfterDelay, RESTART_DELAY_MS);
      },
    });
    threads.add(thread);
  }

  function restartAfterDelay(): void {
    restart = undefined;
    dispatch();
  }

  function dispatch(): void {
    for (const thread of threads) {
      if (!thread.isFree()) continue;
      const task = queue.shift();
      if (!task) break;
      clearTimeout(task.timer);
      running.add(task);
      const deadlineMs = nextDeadline(task.job.deadlineMs, task.attempts, queue.size > 0);
      thread.run({ ...task.job, deadlineMs }, (outcome, cpuMs) => {
        running.delete(task);
        finish(task, outcome, { deadlineMs, cpuMs });
        dispatch();
      });
    }
    const starting = [...threads].filter((thread) => !thread.isReady()).length;
    if (!closed && !restart && queue.size > starting && threads.size < options.threads) start();
    for (const thread of threads) thread.keepProcessAlive(queue.size > 0);
  }

  function finish(task: Task, outcome: RenderOutcome, attempt: Attempt): void {
    if (outcome.ok || outcome.reason !== 'render.timeout' || closed) return task.resolve(outcome);
    const { deadlineMs } = task.job;
    task.attempts.push(attempt);
    const verdict = judgeTimeout(deadlineMs, task.attempts);
    if (verdict.kind === 'refuse') return task.resolve(timedOut(deadlineMs));
    if (verdict.kind === 'busy') return task.resolve(BUSY);
    task.timer = setTimeout(() => giveUp(task), options.queueWaitMs);
    queue.unshift(task.organisationId, task, task.job.valuesJson.length);
  }

  function giveUp(task: Task): void {
    if (queue.remove(task.organisationId, task)) task.resolve(BUSY);
  }

  return {
    run: (organisationId, job) =>
      new Promise((resolve) => {
        if (closed) return resolve(CLOSED);
        const task: Task = { organisationId, job, attempts: [], resolve, timer: undefined };
        if (!queue.push(organisationId, task, job.valuesJson.length)) return resolve(BUSY);
        task.timer = setTimeout(() => giveUp(task), options.queueWaitMs);
        dispatch();
      }),
    size: () => threads.size,
    async close() {
      closed = true;
      clearTimeout(restart);
      for (const task of queue.drain()) {
        clearTimeout(task.timer);
        task.resolve(CLOSED);
      }
      for (const task of running) task.resolve(CLOSED);
      await Promise.all([...threads].map((thread) => thread.close()));
    },
  };
}
