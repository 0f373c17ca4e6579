import { z } from 'zod';
import { id, nameText, organisationInput, pageInput, slugText, text, time } from './common.ts';

export const projectView = z.object({
  id,
  slug: z.string(),
  name: z.string(),
  description: z.string(),
  created_at: time,
});
export type ProjectView = z.infer<typeof projectView>;

/** By id, or by slug. */
export const projectRef = organisationInput.extend({ project: text(64) });
export const listProjectsInput = organisationInput.extend(pageInput.shape);
export const createProjectInput = organisationInput.extend({
  name: nameText,
  slug: slugText
    .optional()
    .describe('Its name in addresses: a-z, 0-9, - and _; made from the name when left out.'),
  description: text(2_000).default(''),
});
export type CreateProjectInput = z.input<typeof createProjectInput>;
