import { z } from 'zod';
import { authorView, pageInput, text, time } from './common.ts';
import { promptSetRef } from './prompt-sets.ts';

export const labelView = z.object({
  name: z.string(),
  version: z.string(),
  /** Kept by Anvil: it is the highest released version. */
  automatic: z.boolean(),
  moved_at: time,
  moved_by: authorView,
});
export type LabelView = z.infer<typeof labelView>;

export const labelMoveView = z.object({
  from: z.string().nullable(),
  /** `null`: the label was taken off. */
  to: z.string().nullable(),
  reason: z.string(),
  created_at: time,
  author: authorView,
});
export type LabelMoveView = z.infer<typeof labelMoveView>;

export const listLabelsInput = promptSetRef;
export const labelRef = promptSetRef.extend({ name: z.string().max(100) });
export const moveLabelInput = labelRef.extend({
  /** The version to name from now on. */
  to: z.string().max(100),
  /** The version that it named before, `null` for a new label: somebody else's move in between is a conflict. */
  from: z.string().max(100).nullable(),
  reason: text(2_000).default(''),
});
export type MoveLabelInput = z.input<typeof moveLabelInput>;
export const removeLabelInput = labelRef.extend({
  from: z.string().max(100),
  reason: text(2_000).default(''),
});
export const listLabelMovesInput = labelRef.extend(pageInput.shape);
