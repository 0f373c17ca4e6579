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

/** What a worker says: once that it is ready, then one answer per job. */
export type WorkerMessage = { ready: true } | { id: number; outcome: RenderOutcome };

/** What ends a render from outside of it. */
export type StopReason =
  'render.timeout' | 'render.memory' | 'render.busy' | 'render.values_too_large' | 'render.closed';

/** What comes of a render. Expected failures are answers, not exceptions; services map them. */
export type RenderOutcome =
  | Extract<RenderResult, { ok: true }>
  | { ok: false; reason: RenderReason | StopReason; message: string; place?: Place };

export function stopped(reason: StopReason, message: string): RenderOutcome {
  return { ok: false, reason, message };
}
