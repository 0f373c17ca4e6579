import { z } from 'zod';

/** The first rows of a list; the page says when there are more. */
function firstOf<T extends z.ZodType>(row: T) {
  return z.object({ data: z.array(row), has_more: z.boolean() });
}

/** The home page of an organisation. */
export const homeView = z.object({
  organisation: z.object({ slug: z.string(), name: z.string() }),
  /** Nothing was created yet: the page is a field to paste a prompt into. */
  empty: z.boolean(),
  /** Whether the viewer can create projects. */
  can_write: z.boolean(),
  has_sets: z.boolean(),
  /** The first projects. */
  projects: z.array(z.object({ slug: z.string(), name: z.string(), sets: z.number().int() })),
  /** Sets whose draft differs from their newest release, the last edited first. */
  unpublished: firstOf(
    z.object({
      address: z.string(),
      /** The newest release; `null` when the set was never published. */
      latest: z.string().nullable(),
      /** Prompts of the draft that differ from it. */
      changed_prompts: z.number().int(),
    }),
  ),
  /** Sets that have a release, the last published first. */
  published: firstOf(
    z.object({
      address: z.string(),
      latest: z.string(),
      labels: z.array(z.object({ name: z.string(), version: z.string() })),
    }),
  ),
  /** The last actions, in words that a page can show. */
  activity: z.array(
    z.object({ action: z.string(), address: z.string(), author: z.string(), created_at: z.string() }),
  ),
});
export type HomeView = z.infer<typeof homeView>;
