import { z } from 'zod';
import { promptSetRef } from './prompt-sets.ts';

/** Where to: the project has to exist, the set is made when it does not. */
export const importPromptsInput = promptSetRef;

/** One row of the file, as it was read. */
export type ImportRow =
  | { row: number; name: string; prompt: string }
  /** The row could not be read at all. */
  | { row: number; error: string };

/** Something about one row that a person should know. */
export const importNote = z.object({
  type: z.literal('note'),
  /** Counts from 1, the head not counted. */
  row: z.number().int(),
  /** `failed`: not imported; `left`: somebody edited the prompt since its import, so it was left alone. */
  kind: z.enum(['failed', 'left']),
  slug: z.string().nullable(),
  message: z.string(),
});
export type ImportNote = z.infer<typeof importNote>;

const counts = {
  rows: z.number().int(),
  created: z.number().int(),
  updated: z.number().int(),
  unchanged: z.number().int(),
  left: z.number().int(),
  failed: z.number().int(),
};
export const importProgress = z.object({ type: z.literal('progress'), ...counts });
export const importReport = z.object({ type: z.literal('report'), address: z.string(), ...counts });
export type ImportProgress = z.infer<typeof importProgress>;
export type ImportReport = z.infer<typeof importReport>;
/** One line of the answer to an import: notes and progress while it runs, the report at its end. */
export const importLine = z.discriminatedUnion('type', [importNote, importProgress, importReport]);
