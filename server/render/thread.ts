import { isStarved } from './deadline.ts';
import type { JobOutcome, WorkerJob, WorkerMessage, WorkerSetup } from './job.ts';
import { stopped, timedOut } from './job.ts';
import { startWorker } from './start-worker.ts';
import { readThreadCpu } from './thread-cpu.ts';

export interface ThreadOptions {
  /** The built worker, or its TypeScript source. */
  workerUrl: URL;
  /** The thread keeps a job's deadline itself; it is killed this much later. */
  graceMs: number;
  maxOldGenerationSizeMb: number;
}

/** @param cpuMs processor time that the thread spent on the job, where the system tells it */
type OnDone = (outcome: JobOutcome, cpuMs: number | undefined) => void;

export interface RenderThread {
  isReady(): boolean;
  /** Ready, and without a job. */
  isFree(): boolean;
  run(job: Omit<WorkerJob, 'id'>, onDone: OnDone): void;
  /** An idle thread doesn't keep the process alive. One with a job does, and so does one that starts for a waiting job. */
  keepProcessAlive(isJobWaiting: boolean): void;
  close(): Promise<unknown>;
}

interface Current {
  id: number;
  deadlineMs: number;
  startedAt: number;
  onDone: OnDone;
  /** Kills the thread. */
  timer: NodeJS.Timeout;
}

/** A thread that doesn't get any processor time is killed after this time: it may be stuck. */
const STARVED_MAX_MS = 1_000;

let lastId = 0;

/**
 * Starts one worker thread.
 *
 * @param events `onLost` is called once, after the callback of a job that the thread had; not after `close`
 */
export function startThread(
  options: ThreadOptions,
  events: { onReady: () => void; onLost: (reason: string) => void },
): RenderThread {
  const cpuAtStart = new Float64Array(new SharedArrayBuffer(8));
  const worker = startWorker(options.workerUrl, {
    name: 'render',
    // Templates have no use for the secrets of the process.
    env: {},
    execArgv: [],
    workerData: { cpuAtStart } satisfies WorkerSetup,
    resourceLimits: {
      maxOldGenerationSizeMb: options.maxOldGenerationSizeMb,
      maxYoungGenerationSizeMb: 16,
      stackSizeMb: 4,
    },
  });
  let ready = false;
  let lost = false;
  let threadId: number | undefined;
  let current: Current | undefined;
  let cause = 'it ended';

  worker.on('message', (message: WorkerMessage) => {
    if (lost) return;
    if ('ready' in message) {
      ready = true;
      threadId = message.threadId;
      events.onReady();
    } else if (message.id === current?.id) finish(message.outcome, message.cpuMs);
  });
  worker.on('error', (error: Error & { code?: string }) => {
    const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    cause = isMemory ? 'it ran out of memory' : String(error);
    lose(
      isMemory
        ? stopped('render.memory', 'Rendering needs too much memory: make its lists and texts smaller.')
        : { ok: false, reason: 'render.failed', message: 'Rendering failed because of an internal error.' },
    );
  });
  worker.on('exit', () => lose(timedOut(current?.deadlineMs ?? 0)));

  function finish(outcome: JobOutcome, cpuMs: number | undefined): void {
    const done = current;
    current = undefined;
    clearTimeout(done?.timer);
    done?.onDone(outcome, cpuMs);
  }

  /** The thread takes no more jobs. Its replacement starts before the callback of its job looks for a free thread. */
  function lose(outcome: JobOutcome, cpuMs?: number): void {
    if (lost) return;
    lost = true;
    events.onLost(cause);
    finish(outcome, cpuMs);
  }

  function kill(job: Current): void {
    // If this thread was held up, the answer may already be in its queue of messages: handle those first.
    setImmediate(() => {
      if (current !== job) return;
      const now = threadId === undefined ? undefined : readThreadCpu(threadId);
      const cpuMs = now === undefined ? undefined : now - (cpuAtStart[0] ?? 0);
      // A starved thread stops by itself once it runs; a new one would cost more of the processor that is missing.
      if (isStarved(job.deadlineMs, cpuMs) && performance.now() - job.startedAt < STARVED_MAX_MS) {
        job.timer = setTimeout(() => kill(job), options.graceMs);
        return;
      }
      cause = 'it did not stop at its deadline';
      void worker.terminate();
      lose(timedOut(job.deadlineMs), cpuMs);
    });
  }

  return {
    isReady: () => ready,
    isFree: () => ready && !lost && !current,
    run(job, onDone) {
      const id = ++lastId;
      const one: Current = {
        ...{ id, deadlineMs: job.deadlineMs, startedAt: performance.now(), onDone },
        timer: setTimeout(() => kill(one), job.deadlineMs + options.graceMs),
      };
      current = one;
      worker.postMessage({ ...job, id } satisfies WorkerJob);
    },
    keepProcessAlive(isJobWaiting) {
      if (current || (!ready && isJobWaiting)) worker.ref();
      else worker.unref();
    },
    close() {
      lost = true;
      clearTimeout(current?.timer);
      return worker.terminate();
    },
  };
}
