import { PLACEHOLDER_STYLES } from '@anvil/core/placeholder-signs';
import { z } from 'zod';
import { promptSetRef } from './prompt-sets.ts';

/** Which placeholders of a text become parameters. */
export const placeholderStyle = z
  .enum(PLACEHOLDER_STYLES)
  .describe(
    'Which placeholders become parameters. `none`: none, every prompt renders to the imported text. `dollar`: `${name}` and ' +
      '`${name:default}`. `mustache`: `{{name}}`. `liquid`: the text is a template, and what it reads becomes its parameters.',
  );

/** The set that the prompts go into. The project has to exist, the set is created if it doesn't. */
export const importPromptsInput = promptSetRef.extend({ placeholders: placeholderStyle.default('none') });

/** One row of the file, as it was read. */
export type ImportRow =
  | { row: number; name: string; prompt: string }
  /** The row could not be read at all. */
  | { row: number; error: string };

/** Something about one row that a person should know. */
export const importNote = z.object({
  type: z.literal('note'),
  row: z.number().int().describe('Which row of the file, counted from 1 without the head.'),
  kind: z
    .enum(['failed', 'left', 'numbered'])
    .describe(
      '`failed`: not imported. `left`: the prompt was edited since its import and stays as it is. `numbered`: an earlier ' +
        'row has the same slug, so this one got a number.',
    ),
  slug: z.string().nullable().describe('Of the row’s prompt, if it is known.'),
  message: z.string(),
});
export type ImportNote = z.infer<typeof importNote>;

const counts = {
  rows: z.number().int().describe('Rows read so far.'),
  created: z.number().int().describe('Prompts that were created.'),
  updated: z.number().int().describe('Prompts that got a new revision.'),
  unchanged: z.number().int().describe('Rows that are equal to their prompt.'),
  left: z.number().int().describe('Rows whose prompt somebody edited since its import.'),
  failed: z.number().int().describe('Rows that were not imported.'),
  numbered: z
    .number()
    .int()
    .describe('Rows whose slug got a number, because an earlier row has the same name.'),
  placeholders: z
    .object({
      dollar: z.number().int().describe('Rows with `${name}`.'),
      mustache: z.number().int().describe('Rows with `{{name}}`.'),
      liquid: z.number().int().describe('Rows with tags or filters of Liquid, such as `{% if name %}`.'),
    })
    .describe('Rows with text that looks like placeholders, whatever was converted.'),
};
export const importProgress = z.object({
  type: z.literal('progress'),
  ...counts,
  percent: z.number().int().min(0).max(100).describe('How much of the file was read, in percent.'),
});
export const importReport = z.object({
  type: z.literal('report'),
  address: z.string().describe('Of the prompt set: `project/prompt_set`.'),
  ...counts,
});
export type ImportProgressLine = z.infer<typeof importProgress>;
/** Progress without the place in the file, which the rows don't know. */
export type ImportProgress = Omit<ImportProgressLine, 'percent'>;
export type ImportReport = z.infer<typeof importReport>;
/** The last line of an import that failed after its first line was sent. */
export const importFailure = z.object({
  type: z.literal('error'),
  stored: z
    .number()
    .int()
    .describe('Rows that are stored. Importing the same file again doesn’t store them twice.'),
  error: z.object({
    type: z.string().describe('The kind of error, one for each status.'),
    reason: z.string().describe('The exact error. Stable.'),
    message: z.string(),
    details: z
      .array(z.object({ field: z.string().describe('Path of the field.'), message: z.string() }))
      .describe('Each wrong field.'),
    request_id: z.string().describe('Identifies the request in the log.'),
    data: z.json().optional().describe('The current state, for errors that can be resolved with it.'),
  }),
});
/** One line of the response to an import: notes and progress while it runs, at the end the report or an error. */
export const importLine = z.discriminatedUnion('type', [
  importNote,
  importProgress,
  importReport,
  importFailure,
]);
