import type { CallVerdict, Renderable } from '@anvil/core/contract/judge';
import type { Place, PromptContent } from '@anvil/core/prompt';
import type { RenderReason, RenderResult } from '@anvil/core/template/render';

/** One render. Values are sent as JSON text: that is cheaper to copy, and surely data. */
export interface RenderTask {
  kind: 'render';
  content: PromptContent;
  valuesJson: string;
  partials: Readonly<Record<string, PromptContent>>;
  outputLimitBytes: number;
}

/** Generated calls, each rendered by two contents. */
export interface CallsTask {
  kind: 'calls';
  before: Renderable;
  after: Renderable;
  /** A list of values. */
  callsJson: string;
}

export type WorkerTask = RenderTask | CallsTask;

/** A job for a worker. */
export interface WorkerJob {
  id: number;
  task: WorkerTask;
  deadlineMs: number;
}

/** The data with which a worker is started. */
export interface WorkerSetup {
  /** One number, written by the worker: its processor time when its current job began, in milliseconds. */
  cpuAtStart: Float64Array;
}

/** What a worker says: once that it is ready, then one answer per job. */
export type WorkerMessage =
  | { ready: true; threadId?: number | undefined }
  /** `cpuMs`: processor time of the job, where the system tells it. */
  | { id: number; outcome: JobOutcome; cpuMs?: number | undefined };

/** Why a render was stopped from outside. */
export type StopReason =
  | 'render.timeout'
  | 'render.memory'
  | 'render.busy'
  | 'render.values_too_large'
  | 'render.prompts_too_large'
  | 'render.closed';

/** A render that didn't succeed. */
export type FailedOutcome = { ok: false; reason: RenderReason | StopReason; message: string; place?: Place };

/** The result of a render. Expected failures are results, not exceptions; services map them. */
export type RenderOutcome = Extract<RenderResult, { ok: true }> | FailedOutcome;

/** Verdicts of the first calls of a task, at least of one. The others were left for the next task. */
export type CallsOutcome = { ok: true; verdicts: CallVerdict[] } | FailedOutcome;

export type JobOutcome = RenderOutcome | CallsOutcome;

export function stopped(reason: StopReason, message: string): FailedOutcome {
  return { ok: false, reason, message };
}

export function timedOut(deadlineMs: number): FailedOutcome {
  return stopped('render.timeout', `Rendering took longer than ${deadlineMs} ms and was stopped.`);
}
