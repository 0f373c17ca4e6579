import type { JsonObject } from '@anvil/core/prompt';
import type { PageContext } from '../context.ts';
import { orNull } from './errors.ts';
import type { SetPlace } from './set-place.ts';

/** What lines to copy need to call one prompt of a version. */
export interface PublishedSample {
  /** `support/emails/refund`, without a selector: the page says by which name it is asked for. */
  prompt: string;
  slug: string;
  values: JsonObject;
}

/** Prompts that a page offers to choose from. */
const CHOICES_MAX = 100;

/**
 * A call of a prompt as it stands in a version.
 *
 * @param input.prompt its slug; the first one of the version when left out
 * @returns `null` when the version has no such prompt: lines that don't work aren't shown
 */
export async function publishedSample(
  { trpc }: PageContext,
  { ref, address }: SetPlace,
  input: { number: string; prompt?: string },
): Promise<PublishedSample | null> {
  const { versions } = trpc;
  const of = { ...ref, number: input.number };
  const slug = input.prompt ?? (await versions.listPrompts({ ...of, limit: 1 })).data[0]?.slug;
  if (slug === undefined) return null;
  const sample = await orNull(versions.samplePrompt({ ...of, prompt: slug }));
  return sample && { prompt: `${address}/${slug}`, slug, values: sample.values };
}

/** A sample of the prompt that the reader chose, with the prompts that can be chosen instead. */
export interface ChosenSample {
  sample: PublishedSample;
  slugs: string[];
}

/**
 * Returns a call of the chosen prompt of a version; of its first prompt when nothing was chosen, or when this version
 * doesn't have the chosen one.
 *
 * @returns `null` for a version without prompts
 */
export async function chosenSample(
  context: PageContext,
  place: SetPlace,
  input: { number: string; prompt?: string },
): Promise<ChosenSample | null> {
  const { number, prompt } = input;
  const listed = await context.trpc.versions.listPrompts({ ...place.ref, number, limit: CHOICES_MAX });
  const slugs = listed.data.map(({ slug }) => slug);
  const sample =
    (prompt === undefined ? null : await publishedSample(context, place, { number, prompt })) ??
    (await publishedSample(context, place, { number, prompt: slugs[0] }));
  return sample && { sample, slugs };
}
