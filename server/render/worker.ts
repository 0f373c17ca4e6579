/**
 * The thread in which templates with logic are rendered: `build/render-worker.mjs` in production, this source in
 * development, bundled in memory. It knows nothing but the job that it is given.
 */
import type { JsonObject } from '@anvil/core/prompt';
import { renderContent } from '@anvil/core/template/render';
import { parentPort, workerData } from 'node:worker_threads';
import { Script } from 'node:vm';
import type { JobOutcome, RenderOutcome, RenderTask, WorkerJob, WorkerMessage, WorkerSetup } from './job.ts';
import { timedOut } from './job.ts';
import { createParseCache } from './parse-cache.ts';
import { runCalls } from './run-calls.ts';
import { openThreadClock } from './thread-cpu.ts';

const PARSE_CACHE_BYTES = 8 * 1024 * 1024;
const HOOK = '__anvilRender';

const parse = createParseCache(PARSE_CACHE_BYTES);
// A script's timeout interrupts even a single long filter, and the thread lives on.
const script = new Script(`globalThis.${HOOK}()`);

/** @returns undefined if the work was stopped at its deadline */
function runUntil<T>(work: () => T, deadlineMs: number): T | undefined {
  Object.defineProperty(globalThis, HOOK, { value: work, configurable: true });
  try {
    return script.runInThisContext({ timeout: deadlineMs }) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return undefined;
  } finally {
    Object.defineProperty(globalThis, HOOK, { value: undefined, configurable: true });
  }
}

function render(task: RenderTask, deadlineMs: number): RenderOutcome {
  const work = (): RenderOutcome =>
    renderContent({
      content: task.content,
      values: JSON.parse(task.valuesJson) as JsonObject,
      partials: task.partials,
      outputLimit: task.outputLimitBytes,
      parse,
    });
  return runUntil(work, deadlineMs) ?? timedOut(deadlineMs);
}

function run({ task, deadlineMs }: WorkerJob): JobOutcome {
  if (task.kind === 'render') return render(task, deadlineMs);
  return { ok: true, verdicts: runCalls(task, { parse, runUntil, readCpuMs: () => clock?.read() }) };
}

/** The first render of a fresh thread compiles LiquidJS, which would count against the deadline of the first job. */
function warmUp(): void {
  const template =
    "{% for i in l %}{% assign x = i | plus: 1 %}{% capture c %}{{ x | append: 'y' }}{% endcapture %}{{ c }}{% endfor %}{% if l %}{{ l | join }}{% endif %}{% render 'p' %}";
  const text = (source: string) => ({
    kind: 'text' as const,
    template: source,
    parameters: [],
    config: '{}',
  });
  for (let i = 0; i < 3; i++) {
    const task = { content: text(template), valuesJson: '{"l":[1,2,3]}', partials: { p: text('p') } };
    render({ kind: 'render', ...task, outputLimitBytes: 10_000 }, 10_000);
  }
}

const port = parentPort;
if (!port) throw new Error('render/worker runs as a worker thread only');
const answer = (message: WorkerMessage) => port.postMessage(message);
const { cpuAtStart } = workerData as WorkerSetup;
const clock = openThreadClock();
port.on('message', (job: WorkerJob) => {
  const startedAt = clock?.read();
  cpuAtStart[0] = startedAt ?? 0;
  const outcome = run(job);
  const endedAt = clock?.read();
  const cpuMs = startedAt === undefined || endedAt === undefined ? undefined : endedAt - startedAt;
  answer({ id: job.id, outcome, cpuMs });
});
warmUp();
answer({ ready: true, threadId: clock?.threadId });
