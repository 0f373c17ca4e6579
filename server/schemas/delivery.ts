import { SLUG_PATTERN } from '@anvil/core/slug';
import { z } from 'zod';
import { jsonValue, list } from './bounded.ts';
import { sha256Hex, text } from './common.ts';
import { content, parameter } from './contents.ts';

const slug = SLUG_PATTERN.source.slice(1, -1);
/** The form of the address of a prompt. The grammar of selectors is more than a pattern can say. */
export const ADDRESS_PATTERN = `^(?:@${slug}/)?${slug}/${slug}/${slug}(?:@.{1,256})?$`;

/** Something that a caller should know: a deprecated parameter, an unknown name. */
export const noteView = z.object({
  rule: z.string().describe('Stable, for programs.'),
  path: z.string().describe('The parameter or field: `order.items`.'),
  message: z.string(),
});

const address = z
  .string()
  .describe('The canonical one, with the version that was found: `project/prompt_set/prompt@1.4.2`.');
const version = z.string().describe('The number that the selector found; `draft` for the draft.');
const config = z
  .record(z.string(), jsonValue())
  .describe('For the program that calls the model, as it was written.');
const asked = z.string().describe('As it was asked for.');

export const deliveredPrompt = z.object({
  address,
  version,
  kind: z.enum(['text', 'chat']),
  template: z.string().optional().describe('Of the kind `text`: Liquid.'),
  messages: z
    .array(z.record(z.string(), jsonValue()))
    .optional()
    .describe('Of the kind `chat`: roles with Liquid, and placeholders.'),
  parameters: z.array(parameter).describe('What a call gives.'),
  config,
  sha256: sha256Hex.describe('Of the content: `GET /contents/{sha256}`.'),
  notes: z.array(noteView).describe('What a caller should know, such as a deprecated parameter.'),
});

export const renderInput = z.strictObject({
  values: z
    .record(z.string(), jsonValue())
    .default({})
    .describe('By the names of the parameters; at most 256 kB.'),
  strict: z.boolean().default(false).describe('Makes an unknown name an error instead of a warning.'),
});

export const renderedView = z.object({
  text: z.string().optional().describe('Of the kind `text`.'),
  messages: z.array(jsonValue()).optional().describe('Of the kind `chat`, for the model as they are.'),
  config,
  version,
  warnings: z.array(noteView).describe('What did not stop the rendering, such as an unknown name.'),
});

export const resolveInput = z.strictObject({
  addresses: list(text(2_048, 1), 100, 'At least one address.').describe(
    '`project/prompt_set/prompt@selector`, each.',
  ),
});

export const resolvedView = z.object({
  data: z.array(
    z.union([
      z.object({
        address: asked,
        resolved: address,
        version,
        sha256: sha256Hex.describe('Of the content: `GET /contents/{sha256}`.'),
      }),
      z.object({
        address: asked,
        error: z
          .object({
            type: z.string().describe('What kind of error.'),
            reason: z.string().describe('What exactly; stable, for programs.'),
            message: z.string(),
          })
          .describe('As it would be the whole answer for this address.'),
      }),
    ]),
  ),
});

export const contentView = z.object({ content });
