/** Renders one call with two contents, to see whether it still works. */
import type { JsonObject, PromptContent } from '../prompt.ts';
import type { RenderFailure } from '../template/render.ts';
import { checkValues } from '../value.ts';

/** A content with the prompts that it renders. */
export interface Renderable {
  content: PromptContent;
  partials: Readonly<Record<string, PromptContent>>;
}

export type RenderVerdict =
  | { kind: 'rendered' }
  | { kind: 'failed'; failure: Pick<RenderFailure, 'reason' | 'message'> }
  /** It needs over half of a limit: time, memory or output. */
  | { kind: 'limited' };

export type CallVerdict =
  | { kind: 'works' }
  /** The call was never valid, or failed before. */
  | { kind: 'ignored' }
  | { kind: 'limited' }
  | { kind: 'breaks'; reason: string; message: string; needsStrict: boolean };

export type RenderOnce = (prompt: Renderable, values: JsonObject) => RenderVerdict;

/** A call counts if it is strictly valid by the old contract and rendered before. */
export function judgeCall(
  { before, after }: { before: Renderable; after: Renderable },
  call: JsonObject,
  render: RenderOnce,
): CallVerdict {
  const old = checkValues(before.content.parameters, call, { strict: true });
  if (!old.ok) return { kind: 'ignored' };
  const first = render(before, old.values);
  if (first.kind !== 'rendered') return { kind: first.kind === 'limited' ? 'limited' : 'ignored' };
  const strict = checkValues(after.content.parameters, call, { strict: true });
  // A call that is valid strictly has the same values otherwise.
  const now = strict.ok ? strict : checkValues(after.content.parameters, call);
  if (!now.ok) {
    return { kind: 'breaks', reason: 'value', message: now.errors[0]?.message ?? '', needsStrict: false };
  }
  const loose = judgeNew(after, now.values, render);
  if (loose.kind !== 'works' || strict.ok) return loose;
  return { kind: 'breaks', reason: 'value', message: strict.errors[0]?.message ?? '', needsStrict: true };
}

function judgeNew(after: Renderable, values: JsonObject, render: RenderOnce): CallVerdict {
  const second = render(after, values);
  if (second.kind === 'rendered') return { kind: 'works' };
  if (second.kind === 'limited') return { kind: 'limited' };
  return { kind: 'breaks', ...second.failure, needsStrict: false };
}
