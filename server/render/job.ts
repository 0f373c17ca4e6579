import type { PromptContent } from '@anvil/core/prompt';
import type { RenderReason, RenderResult } from '@anvil/core/template/render';
import type { Place } from '@anvil/core/prompt';

/** What the serving thread hands to a worker. Values travel as JSON text: cheaper to copy, and surely data. */
export interface WorkerJob {
  id: number;
  content: PromptContent;
  valuesJson: string;
  partials: Readonly<Record<string, PromptContent>>;
  outputLimitBytes: number;
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
  | { id: number; outcome: RenderOutcome; cpuMs?: number | undefined };

/** Why a render was stopped from outside. */
export type StopReason =
  | 'render.timeout'
  | 'render.memory'
  | 'render.busy'
  | 'render.values_too_large'
  | 'render.prompts_too_large'
  | 'render.closed';

/** The result of a render. Expected failures are results, not exceptions; services map them. */
export type RenderOutcome =
  | Extract<RenderResult, { ok: true }>
  | { ok: false; reason: RenderReason | StopReason; message: string; place?: Place };

export function stopped(reason: StopReason, message: string): RenderOutcome {
  return { ok: false, reason, message };
}

export function timedOut(deadlineMs: number): RenderOutcome {
  return stopped('render.timeout', `Rendering took longer than ${deadlineMs} ms and was stopped.`);
}
