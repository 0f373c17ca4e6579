/** How large one prompt's content may be: what is bounded for the whole, whatever it consists of (product.md 4). */
import type { PromptContent } from './prompt.ts';
import { templatesOf } from './template/analyse.ts';
import { utf8Length } from './text.ts';

/** Largest content, in UTF-8 bytes of its templates, parameters (as JSON) and config together. */
export const CONTENT_BYTES_MAX = 512 * 1024;

/** The size that {@link CONTENT_BYTES_MAX} limits. */
export function contentBytes(content: PromptContent): number {
  const texts = [
    ...templatesOf(content).map(({ source }) => source),
    JSON.stringify(content.parameters),
    content.config,
  ];
  return texts.reduce((sum, text) => sum + utf8Length(text), 0);
}

/** @returns a sentence if the content is too large */
export function checkContentSize(content: PromptContent): string | undefined {
  const bytes = contentBytes(content);
  if (bytes <= CONTENT_BYTES_MAX) return undefined;
  const kilobytes = Math.ceil(bytes / 1024).toLocaleString('en-US');
  return `A prompt has at most 512 kB in its templates, parameters and config together. This one has ${kilobytes} kB: split it into several prompts.`;
}
