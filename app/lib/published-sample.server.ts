import type { JsonObject } from '@anvil/core/prompt';
import { sampleValues } from '@anvil/core/value';
import type { PageContext } from '../context.ts';
import { orNull } from './errors.ts';
import type { SetPlace } from './set-place.ts';

/** What lines to copy need to call one prompt of a version. */
export interface PublishedSample {
  /** `support/emails/refund`, without a selector: the page says by which name it is asked for. */
  prompt: string;
  values: JsonObject;
}

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
  const found = await orNull(versions.getPrompt({ ...of, prompt: slug }));
  return found && { prompt: `${address}/${slug}`, values: sampleValues(found.content.parameters) };
}
