import { z } from 'zod';
import { id, nameText, organisationInput, pageInput, slugText, text, time } from './common.ts';

export const promptSetView = z.object({
  id,
  project_id: id,
  project: z.string(),
  slug: z.string(),
  /** `project/set`: how it is addressed. */
  address: z.string(),
  name: z.string(),
  description: z.string(),
  /** The highest released version, if there is one. */
  latest: z.string().nullable(),
  created_at: time,
});
export type PromptSetView = z.infer<typeof promptSetView>;

/** One set by itself: with how many there are of what belongs to it. */
export const promptSetDetailView = promptSetView.extend({
  counts: z.object({
    /** Of the draft, without archived ones. */
    prompts: z.number().int(),
    versions: z.number().int(),
    /** `latest` among them. */
    labels: z.number().int(),
  }),
});
export type PromptSetDetailView = z.infer<typeof promptSetDetailView>;

/** A set by its id, or by the slugs of its project and itself. */
export const promptSetRef = organisationInput.extend({
  set_id: id.optional(),
  project: z.string().max(64).optional(),
  set: z.string().max(64).optional(),
});
export type PromptSetRef = z.infer<typeof promptSetRef>;

export const listPromptSetsInput = organisationInput.extend(pageInput.shape).extend({
  /** Id or slug of the project; all projects when left out. */
  project: z.string().max(64).optional(),
});
export const createPromptSetInput = organisationInput.extend({
  /** Id or slug of the project. */
  project: z.string().max(64),
  name: nameText,
  slug: slugText.optional(),
  description: text(2_000).default(''),
});
export type CreatePromptSetInput = z.input<typeof createPromptSetInput>;
