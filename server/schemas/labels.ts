import { checkLabelName, LABEL_PATTERN } from '@anvil/core/address';
import { z } from 'zod';
import { authorView, pageInput, text, time } from './common.ts';
import { promptSetRef } from './prompt-sets.ts';

/** The name of a label that can be moved: not `latest`, and nothing that reads as a range of versions. */
export const labelName = z
  .string()
  .superRefine((name, context) => {
    const message = checkLabelName(name);
    if (message) context.addIssue({ code: 'custom', message });
  })
  .meta({ pattern: LABEL_PATTERN.source, minLength: 1, maxLength: 36 });

export const labelView = z.object({
  name: z.string(),
  version: z.string().describe('The number that it names now.'),
  automatic: z.boolean().describe('Kept by Anvil: it names the highest released version.'),
  moved_at: time.describe('Since when it names this version.'),
  moved_by: authorView,
});
export type LabelView = z.infer<typeof labelView>;

export const labelMoveView = z.object({
  from: z.string().nullable().describe('The number that it named before; `null`: it was new.'),
  to: z.string().nullable().describe('The number that it named from then on; `null`: the label was removed.'),
  reason: z.string().describe('What the mover said.'),
  created_at: time,
  author: authorView,
});
export type LabelMoveView = z.infer<typeof labelMoveView>;

export const listLabelsInput = promptSetRef;
export const labelRef = promptSetRef.extend({ name: text(100) });
export const moveLabelInput = labelRef.extend({
  to: text(100).describe('The version to name from now on.'),
  from: text(100)
    .nullable()
    .describe(
      'The version that it names now; `null` for a new label. Somebody else’s move in between is a conflict.',
    ),
  reason: text(2_000).default('').describe('Why; stands in the label’s history.'),
});
export type MoveLabelInput = z.input<typeof moveLabelInput>;
export const removeLabelInput = labelRef.extend({
  from: text(100),
  reason: text(2_000).default('').describe('Why; stands in the label’s history.'),
});
export const listLabelMovesInput = labelRef.extend(pageInput.shape);
