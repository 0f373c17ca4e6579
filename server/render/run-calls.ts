/** Judges generated calls in a worker. Processor time is limited, never the time on the clock. */
import { judgeCall, type CallVerdict, type Renderable, type RenderVerdict } from '@anvil/core/contract/judge';
import type { JsonObject } from '@anvil/core/prompt';
import { templatesOf } from '@anvil/core/template/analyse';
import { MEMORY_LIMIT } from '@anvil/core/template/engine';
import { OUTPUT_LIMIT } from '@anvil/core/template/output';
import type { Parse } from '@anvil/core/template/parse';
import { renderContent, type RenderResult } from '@anvil/core/template/render';
import type { CallsTask } from './job.ts';

/** Half of the processor time that a render may take. */
const CALL_CPU_MS = 50;
/** A task ends after this much processor time, so that a render never waits for many calls. */
const TASK_CPU_MS = 25;
/** A render that still got less than {@link CALL_CPU_MS} after this time on the clock is given up. */
const STARVED_MS = 1_600;
/** Half of a limit was reached: another machine might reach the limit itself. */
const LIMITS: ReadonlySet<string> = new Set(['render.memory', 'render.output_too_large', 'render.too_deep']);

export interface CallsRuntime {
  parse: Parse;
  /** Processor time of this thread in milliseconds; undefined where the system doesn't tell it. */
  readCpuMs: () => number | undefined;
  /** Runs work and stops it at the deadline. @returns undefined if it was stopped */
  runUntil: <T>(work: () => T, deadlineMs: number) => T | undefined;
}

/** The thread got too little processor time to judge a call. */
class Starved extends Error {}

/** @returns verdicts of the first calls; none if the thread got too little processor time */
export function runCalls(task: CallsTask, runtime: CallsRuntime): CallVerdict[] {
  // A failure is a result here. Its stack traces would take an eighth of the processor time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return judgeCalls(task, runtime);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function judgeCalls(task: CallsTask, runtime: CallsRuntime): CallVerdict[] {
  const calls = JSON.parse(task.callsJson) as JsonObject[];
  for (const prompt of [task.before, task.after]) warmParse(prompt, runtime.parse);
  const startedAt = runtime.readCpuMs();
  const verdicts: CallVerdict[] = [];
  for (const call of calls) {
    try {
      verdicts.push(judgeCall(task, call, (prompt, values) => renderLimited(prompt, values, runtime)));
    } catch (error) {
      if (!(error instanceof Starved)) throw error;
      break;
    }
    if (spentSince(startedAt, runtime) > TASK_CPU_MS) break;
  }
  return verdicts;
}

/** Parsing isn't part of a call's time. */
function warmParse({ content, partials }: Renderable, parse: Parse): void {
  for (const one of [content, ...Object.values(partials)]) {
    for (const { source } of templatesOf(one)) parse(source);
  }
}

function spentSince(startedAt: number | undefined, { readCpuMs }: CallsRuntime): number {
  const now = readCpuMs();
  return startedAt === undefined || now === undefined ? 0 : now - startedAt;
}

function renderLimited(prompt: Renderable, values: JsonObject, runtime: CallsRuntime): RenderVerdict {
  const work = () =>
    renderContent({
      ...{ content: prompt.content, partials: prompt.partials, values, parse: runtime.parse },
      outputLimit: OUTPUT_LIMIT / 2,
      memoryLimit: MEMORY_LIMIT / 2,
    });
  for (let deadlineMs = CALL_CPU_MS; ; deadlineMs *= 2) {
    const startedAt = runtime.readCpuMs();
    // Without a clock of the thread only the longest time counts.
    const result = runtime.runUntil(work, startedAt === undefined ? STARVED_MS : deadlineMs);
    if (spentSince(startedAt, runtime) >= CALL_CPU_MS) return { kind: 'limited' };
    if (result) return verdictOf(result);
    if (startedAt === undefined) return { kind: 'limited' };
    if (deadlineMs >= STARVED_MS) throw new Starved();
  }
}

function verdictOf(result: RenderResult): RenderVerdict {
  if (result.ok) return { kind: 'rendered' };
  if (LIMITS.has(result.reason)) return { kind: 'limited' };
  return { kind: 'failed', failure: { reason: result.reason, message: result.message } };
}
