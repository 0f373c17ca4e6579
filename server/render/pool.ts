import type { Worker } from 'node:worker_threads';
import type { RenderOutcome, WorkerJob, WorkerMessage } from './job.ts';
import { stopped } from './job.ts';
import { startWorker } from './start-worker.ts';

export interface PoolOptions {
  /** The built worker, or its TypeScript source. */
  workerUrl: URL;
  threads: number;
  /** Jobs that may wait for a thread. */
  queueLimit: number;
  /** How long a job may wait for one. */
  queueWaitMs: number;
  /** Beyond a job's own deadline, which the thread keeps itself, until the thread is killed. */
  graceMs: number;
  maxOldGenerationSizeMb: number;
  /** Told of each thread that is lost, with its reason in a sentence. */
  onLost?: (reason: string) => void;
}

export interface Pool {
  run(job: Omit<WorkerJob, 'id'>): Promise<RenderOutcome>;
  /** Threads that live now. */
  size(): number;
  close(): Promise<void>;
}

interface Task {
  job: WorkerJob;
  resolve: (outcome: RenderOutcome) => void;
  /** While it waits: gives up. While it runs: kills the thread. */
  timer: NodeJS.Timeout;
}
interface Slot {
  worker: Worker;
  ready: boolean;
  task: Task | undefined;
  /** Killed, and another has taken its place. */
  replaced: boolean;
}

/** A thread that dies before it is ready would die again at once; this long to wait keeps that from being a fire. */
const RESTART_DELAY_MS = 1_000;
const BUSY = 'Too many templates are being rendered at the moment. Try again in a second.';

/**
 * Threads for rendering, of which each does one job at a time and is started when it is first needed. Not a pool
 * library's, because a job's deadline counts from the moment a ready thread gets it, and because a lost thread is
 * replaced at once but one that was never ready only after a second.
 */
export function createPool(options: PoolOptions): Pool {
  const slots = new Set<Slot>();
  const queue: Task[] = [];
  let closed = false;
  let restart: NodeJS.Timeout | undefined;
  let lastId = 0;

  function start(): void {
    const worker = startWorker(options.workerUrl, {
      name: 'render',
      // Nothing of the process's secrets is anything to templates.
      env: {},
      execArgv: [],
      resourceLimits: {
        maxOldGenerationSizeMb: options.maxOldGenerationSizeMb,
        maxYoungGenerationSizeMb: 16,
        stackSizeMb: 4,
      },
    });
    const slot: Slot = { worker, ready: false, task: undefined, replaced: false };
    slots.add(slot);
    let cause = 'it ended';
    worker.on('message', (message: WorkerMessage) => {
      if ('ready' in message) slot.ready = true;
      else finish(slot, message.id, message.outcome);
      dispatch();
    });
    worker.on('error', (error: Error & { code?: string }) => {
      cause = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it ran out of memory' : String(error);
      const outcome =
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? stopped('render.memory', 'Rendering needs too much memory: make its lists and texts smaller.')
          : ({
              ok: false,
              reason: 'render.failed',
              message: 'Rendering stopped for a reason of ours.',
            } as const);
      if (slot.task) finish(slot, slot.task.job.id, outcome);
    });
    worker.on('exit', () => {
      slots.delete(slot);
      if (slot.task) finish(slot, slot.task.job.id, stopped('render.timeout', tooLong(slot.task.job)));
      if (closed || slot.replaced) return;
      options.onLost?.(`A render thread was lost: ${cause}`);
      if (slot.ready) start();
      else restart ??= setTimeout(restartAfterDelay, RESTART_DELAY_MS);
    });
  }

  function restartAfterDelay(): void {
    restart = undefined;
    dispatch();
  }

  function finish(slot: Slot, id: number, outcome: RenderOutcome): void {
    const task = slot.task;
    if (task?.job.id !== id) return;
    slot.task = undefined;
    clearTimeout(task.timer);
    task.resolve(outcome);
  }

  function dispatch(): void {
    for (const slot of slots) {
      if (!slot.ready || slot.task) continue;
      const task = queue.shift();
      if (!task) break;
      clearTimeout(task.timer);
      slot.task = task;
      task.timer = setTimeout(() => kill(slot, task), task.job.deadlineMs + options.graceMs);
      slot.worker.postMessage(task.job);
    }
    const starting = [...slots].filter((slot) => !slot.ready).length;
    if (!closed && !restart && queue.length > starting && slots.size < options.threads) start();
    // An idle thread doesn't keep the process alive; one that somebody waits for does.
    for (const slot of slots) {
      if (slot.task || (!slot.ready && queue.length > 0)) slot.worker.ref();
      else slot.worker.unref();
    }
  }

  function kill(slot: Slot, task: Task): void {
    // When this thread was held up, the answer may already lie in its mailbox: look there first.
    setImmediate(() => {
      if (slot.task !== task) return;
      finish(slot, task.job.id, stopped('render.timeout', tooLong(task.job)));
      void slot.worker.terminate();
      // Its place is free at once: terminate may take its time.
      slot.replaced = true;
      slots.delete(slot);
      options.onLost?.('A render thread was lost: it did not stop at its deadline');
      if (!closed) start();
    });
  }

  function giveUp(task: Task): void {
    queue.splice(queue.indexOf(task), 1);
    task.resolve(stopped('render.busy', BUSY));
  }

  return {
    run: (job) =>
      new Promise((resolve) => {
        if (closed) return resolve(stopped('render.closed', 'The server is shutting down.'));
        if (queue.length >= options.queueLimit) return resolve(stopped('render.busy', BUSY));
        const task: Task = {
          job: { ...job, id: ++lastId },
          resolve,
          timer: setTimeout(() => giveUp(task), options.queueWaitMs),
        };
        queue.push(task);
        dispatch();
      }),
    size: () => slots.size,
    async close() {
      closed = true;
      clearTimeout(restart);
      const left = stopped('render.closed', 'The server is shutting down.');
      for (const task of queue.splice(0)) {
        clearTimeout(task.timer);
        task.resolve(left);
      }
      const open = [...slots];
      for (const slot of open) if (slot.task) finish(slot, slot.task.job.id, left);
      await Promise.all(open.map((slot) => slot.worker.terminate()));
    },
  };
}

function tooLong(job: WorkerJob): string {
  return `Rendering took longer than ${job.deadlineMs} ms and was stopped.`;
}
