import { judgeTimeout, nextDeadline, type Attempt } from './deadline.ts';
import { createFairQueue } from './fair-queue.ts';
import type { CallsOutcome, CallsTask, JobOutcome, RenderOutcome, RenderTask, WorkerTask } from './job.ts';
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
  run(organisationId: string, task: RenderTask, deadlineMs: number): Promise<RenderOutcome>;
  /**
   * Judges generated calls. They wait for as long as renders wait, and never take the last thread if there are two.
   *
   * @param organisationId whose queue the task waits in
   */
  judge(organisationId: string, task: CallsTask): Promise<CallsOutcome>;
  /** Threads that live now. */
  size(): number;
  close(): Promise<void>;
}

interface Task {
  organisationId: string;
  work: WorkerTask;
  deadlineMs: number;
  /** All attempts so far. */
  attempts: Attempt[];
  resolve: (outcome: JobOutcome) => void;
  /** While it waits: gives up. */
  timer: NodeJS.Timeout | undefined;
}

/** A thread that dies before it is ready would die again at once, so it is replaced only after this time. */
const RESTART_DELAY_MS = 1_000;
/** A task of calls ends by itself long before. */
const CALLS_DEADLINE_MS = 5_000;
/** Tasks of calls of one organisation that may wait: one for each page that asks for a number. */
const CALLS_QUEUED_MAX = 200;
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
  const calls = createFairQueue<Task>({
    itemsPerOwner: CALLS_QUEUED_MAX,
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

  /** Renders come first. Calls leave a thread free for the next render, unless there is only one. */
  function nextTask(): Task | undefined {
    const judging = [...running].filter(({ work }) => work.kind === 'calls').length;
    return queue.shift() ?? (judging < Math.max(1, options.threads - 1) ? calls.shift() : undefined);
  }

  function dispatch(): void {
    for (const thread of threads) {
      if (!thread.isFree()) continue;
      const task = nextTask();
      if (!task) break;
      clearTimeout(task.timer);
      running.add(task);
      const deadlineMs = nextDeadline(task.deadlineMs, task.attempts, queue.size > 0);
      thread.run({ task: task.work, deadlineMs }, (outcome, cpuMs) => {
        running.delete(task);
        finish(task, outcome, { deadlineMs, cpuMs });
        dispatch();
      });
    }
    const starting = [...threads].filter((thread) => !thread.isReady()).length;
    const waiting = queue.size + Math.min(1, calls.size);
    if (!closed && !restart && waiting > starting && threads.size < options.threads) start();
    for (const thread of threads) thread.keepProcessAlive(waiting > 0);
  }

  function finish(task: Task, outcome: JobOutcome, attempt: Attempt): void {
    const isLate = !outcome.ok && outcome.reason === 'render.timeout';
    if (!isLate || closed || task.work.kind === 'calls') return task.resolve(outcome);
    const { deadlineMs } = task;
    task.attempts.push(attempt);
    const verdict = judgeTimeout(deadlineMs, task.attempts);
    if (verdict.kind === 'refuse') return task.resolve(timedOut(deadlineMs));
    if (verdict.kind === 'busy') return task.resolve(BUSY);
    task.timer = setTimeout(() => giveUp(task), options.queueWaitMs);
    queue.unshift(task.organisationId, task, task.work.valuesJson.length);
  }

  function giveUp(task: Task): void {
    if (queue.remove(task.organisationId, task)) task.resolve(BUSY);
  }

  return {
    run: (organisationId, work, deadlineMs) =>
      new Promise((resolve) => {
        if (closed) return resolve(CLOSED);
        const done = resolve as Task['resolve'];
        const task: Task = {
          ...{ organisationId, work, deadlineMs, attempts: [], timer: undefined },
          resolve: done,
        };
        if (!queue.push(organisationId, task, work.valuesJson.length)) return resolve(BUSY);
        task.timer = setTimeout(() => giveUp(task), options.queueWaitMs);
        dispatch();
      }),
    judge: (organisationId, work) =>
      new Promise((resolve) => {
        if (closed) return resolve(CLOSED);
        const [deadlineMs, done] = [CALLS_DEADLINE_MS, resolve as Task['resolve']];
        const task: Task = {
          ...{ organisationId, work, deadlineMs, attempts: [], timer: undefined },
          resolve: done,
        };
        if (!calls.push(organisationId, task, work.callsJson.length)) return resolve(BUSY);
        dispatch();
      }),
    size: () => threads.size,
    async close() {
      closed = true;
      clearTimeout(restart);
      for (const task of [...queue.drain(), ...calls.drain()]) {
        clearTimeout(task.timer);
        task.resolve(CLOSED);
      }
      for (const task of running) task.resolve(CLOSED);
      await Promise.all([...threads].map((thread) => thread.close()));
    },
  };
}
