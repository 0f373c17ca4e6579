import { z } from 'zod';
import { jsonValue } from './bounded.ts';
import { authorView, id, nameText, organisationInput, pageInput, slugText, text, time } from './common.ts';
import { content, contentInput, problem } from './contents.ts';
import { promptSetRef } from './prompt-sets.ts';

/** A prompt of the draft, without its content. */
export const promptSummary = z.object({
  id,
  slug: z.string(),
  address: z.string().describe('How it is addressed: `project/prompt_set/prompt`.'),
  name: z.string(),
  kind: z.enum(['text', 'chat']),
  parameters: z.array(z.string()).describe('Their names, with `?` behind the optional ones.'),
  revision: z.number().int().describe('Number of the newest revision; its `ETag`.'),
  sha256: z.string().describe('Of the content, as it is stored.'),
  change: z
    .enum(['new', 'major', 'minor', 'patch'])
    .nullable()
    .describe(
      'Against the newest release of the set: what its contract changes amount to; `new`; `null` when nothing changed.',
    ),
  archived: z.boolean().describe('Taken out of the draft; versions that hold it keep it.'),
  updated_at: time,
  updated_by: authorView,
});
export type PromptSummary = z.infer<typeof promptSummary>;

/** A prompt of the draft with its content and what was found in it. */
export const promptView = promptSummary.omit({ change: true, parameters: true }).extend({
  set_id: id,
  content,
  problems: z.array(problem).describe('What was found in the content, the worst first.'),
});
export type PromptView = z.infer<typeof promptView>;

export const revisionView = z.object({
  number: z.number().int().describe('Counted up from 1 for each prompt.'),
  sha256: z.string().describe('Of the content, as it is stored.'),
  source: z.enum(['save', 'import']).describe('How it came about: somebody saved it, or an import did.'),
  created_at: time,
  author: authorView,
});
export type RevisionView = z.infer<typeof revisionView>;

/** A prompt by its id, or by its slug in a set. */
export const promptRef = promptSetRef.extend({
  prompt_id: id.optional(),
  prompt: text(64).optional(),
});
export type PromptRef = z.infer<typeof promptRef>;

/** Revisions are counted in 32 bits: a larger number than there can be would be an error of the database. */
export function revisionNumber(number: z.ZodNumber | z.ZodCoercedNumber) {
  return number.int().min(1).max(2_147_483_647);
}

/** Longest text to search for: a name has at most so many characters. */
const SEARCH_LENGTH_MAX = 120;
export const promptSearch = text(SEARCH_LENGTH_MAX)
  .optional()
  .describe('Only prompts whose slug or name contains this text, in upper or lower case.');

export const listPromptsInput = promptSetRef
  .extend(pageInput.shape)
  .extend({ archived: z.boolean().default(false), search: promptSearch });
export const createPromptInput = promptSetRef.extend({
  name: nameText,
  slug: slugText.optional(),
  content: contentInput,
});
export type CreatePromptInput = z.input<typeof createPromptInput>;

export const updatePromptInput = organisationInput.extend({
  prompt_id: id,
  /** The revision that the writer had before them; a save on an older one is a conflict that shows both texts. */
  revision: revisionNumber(z.number()),
  name: nameText.optional(),
  content: contentInput.optional(),
});
export type UpdatePromptInput = z.input<typeof updatePromptInput>;

export const archivePromptInput = organisationInput.extend({
  prompt_id: id,
  revision: revisionNumber(z.number()),
});
export const listRevisionsInput = promptRef.extend(pageInput.shape);
export const revisionRef = organisationInput.extend({ prompt_id: id, number: revisionNumber(z.number()) });

/** What a second editor gets with a conflict, so that neither text is lost. */
export const conflictData = z.object({ current: promptView });
export type ConflictData = z.infer<typeof conflictData>;

/** Try a content that may not be saved yet, with values. */
export const previewPromptInput = promptSetRef.extend({
  content: contentInput,
  values: z.record(z.string(), jsonValue()).optional(),
});
export const previewView = z.object({
  problems: z.array(problem).describe('What was found in the content, the worst first.'),
  /** What it renders to, or why it can't. */
  result: z.union([
    z.object({ text: z.string() }),
    z.object({ messages: z.array(jsonValue()) }),
    z.object({ error: z.string() }),
  ]),
  /** The values it was rendered with: the given ones, filled up with examples. */
  values: z.record(z.string(), jsonValue()),
});
export type PreviewView = z.infer<typeof previewView>;
