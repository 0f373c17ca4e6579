import { TEMPLATE_LENGTH_MAX } from '@anvil/core/prompt';
import { z } from 'zod';
import { jsonValue } from './bounded.ts';
import { organisationInput, text } from './common.ts';
import { placeholderStyle } from './imports.ts';

export const publishFirstPromptInput = organisationInput.extend({
  /** The prompt as it is used today. */
  template: text(TEMPLATE_LENGTH_MAX, 1),
  placeholders: placeholderStyle.default('liquid'),
  /** Texts for the line that is shown, by the names of parameters; samples stand for the others. */
  values: z.record(z.string(), text(1_000)).default({}),
});
export type PublishFirstPromptInput = z.input<typeof publishFirstPromptInput>;

/** What the page after it shows: a line that works. */
export const firstPromptView = z.object({
  /** `playground/first/hello` */
  address: z.string(),
  version: z.string(),
  /** Shown once, never stored; `null` when API keys are switched off. */
  token: z.string().nullable(),
  /** Values that the prompt can be rendered with. */
  values: z.record(z.string(), jsonValue()),
  /** The body that rendering it with these values answers, byte for byte; `null` when they don't suit the template. */
  answer: z.string().nullable(),
  /** Why not, in a sentence. */
  problem: z.string().nullable(),
});
export type FirstPromptView = z.infer<typeof firstPromptView>;
