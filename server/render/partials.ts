import type { PromptContent } from '@anvil/core/prompt';
import { templatesOf } from '@anvil/core/template/analyse';
import type { Parse } from '@anvil/core/template/parse';
import { findContentRenders } from '@anvil/core/template/partials';
import { MAX_NESTING } from '@anvil/core/template/render';

/** Largest content with the prompts that it renders, in characters of their templates. */
const TEMPLATES_MAX_LENGTH = 2 * 1024 * 1024;
/** The message for larger ones. */
export const TEMPLATES_TOO_LARGE =
  'The prompts that this one renders have more than 2 Mi characters in all: render fewer or shorter ones.';

/** Prompts that are loaded at once. Each may have 512 kB. */
const BATCH = 8;

/** Whether the content and the prompts that it renders are more than one render may take. */
export function areTooLarge(contents: readonly PromptContent[]): boolean {
  return sum(contents.map(lengthOf)) > TEMPLATES_MAX_LENGTH;
}

/**
 * Loads the prompts that a content renders, directly or through another. It stops as soon as they are too large to be
 * rendered, because one content may name more prompts than the process can hold.
 *
 * @param load reads prompts by their slugs and leaves out what it doesn't find
 * @returns the prompts by slug; if they are too large, only some of them
 */
export async function loadPartials(
  content: PromptContent,
  load: (slugs: string[]) => Promise<ReadonlyMap<string, PromptContent>>,
  parse?: Parse,
): Promise<Map<string, PromptContent>> {
  const partials = new Map<string, PromptContent>();
  const asked = new Set<string>();
  let length = lengthOf(content);
  let wanted = slugsOf([content]);
  for (let depth = 0; depth <= MAX_NESTING && wanted.length > 0; depth++) {
    const found: PromptContent[] = [];
    for (let start = 0; start < wanted.length; start += BATCH) {
      for (const [slug, partial] of await load(wanted.slice(start, start + BATCH))) {
        partials.set(slug, partial);
        found.push(partial);
        length += lengthOf(partial);
      }
      if (length > TEMPLATES_MAX_LENGTH) return partials;
    }
    for (const slug of wanted) asked.add(slug);
    wanted = slugsOf(found).filter((slug) => !asked.has(slug));
  }
  return partials;

  function slugsOf(contents: readonly PromptContent[]): string[] {
    const renders = contents.flatMap((one) => findContentRenders(one, parse));
    return [...new Set(renders.map(({ slug }) => slug))];
  }
}

function lengthOf(content: PromptContent): number {
  return sum(templatesOf(content).map(({ source }) => source.length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
