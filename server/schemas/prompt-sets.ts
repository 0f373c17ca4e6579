import { z } from 'zod';
import { id, nameText, organisationInput, pageInput, slugText, text, time } from './common.ts';

export const promptSetView = z.object({
  id,
  project_id: id,
  project: z.string().describe('Slug of the project.'),
  slug: z.string(),
  address: z.string().describe('How it is addressed: `project/prompt_set`.'),
  name: z.string(),
  description: z.string(),
  latest: z.string().nullable().describe('The highest released version; `null` before the first.'),
  created_at: time,
});
export type PromptSetView = z.infer<typeof promptSetView>;

/** One set by itself: with how many there are of what belongs to it. */
export const promptSetDetailView = promptSetView.extend({
  counts: z.object({
    prompts: z.number().int().describe('Of the draft, without archived ones.'),
    versions: z.number().int().describe('Pre-releases among them.'),
    labels: z.number().int().describe('`latest` among them.'),
  }),
});
export type PromptSetDetailView = z.infer<typeof promptSetDetailView>;

/** A set by its id, or by the slugs of its project and itself. */
export const promptSetRef = organisationInput.extend({
  set_id: id.optional(),
  project: text(64).optional(),
  set: text(64).optional(),
});
export type PromptSetRef = z.infer<typeof promptSetRef>;

export const listPromptSetsInput = organisationInput.extend(pageInput.shape).extend({
  /** Id or slug of the project; all projects when left out. */
  project: text(64).optional(),
});
export const createPromptSetInput = organisationInput.extend({
  /** Id or slug of the project. */
  project: text(64),
  name: nameText,
  slug: slugText
    .optional()
    .describe('Its name in addresses: a-z, 0-9, - and _; made from the name when left out.'),
  description: text(2_000).default(''),
});
export type CreatePromptSetInput = z.input<typeof createPromptSetInput>;
