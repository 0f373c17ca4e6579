import { z } from 'zod';
import { sha256Hex, text } from './common.ts';
import { content, parameter } from './contents.ts';

/** Something that a caller should know: a deprecated parameter, an unknown name. */
export const noteView = z.object({ rule: z.string(), path: z.string(), message: z.string() });

const address = z.string().describe('project/prompt_set/prompt@version');

export const deliveredPrompt = z.object({
  address,
  version: z.string(),
  kind: z.enum(['text', 'chat']),
  template: z.string().optional(),
  messages: z.array(z.record(z.string(), z.json())).optional(),
  parameters: z.array(parameter),
  config: z.record(z.string(), z.json()),
  sha256: sha256Hex,
  notes: z.array(noteView),
});

export const renderInput = z.strictObject({
  /** By the names of the parameters. At most 256 kB. */
  values: z.record(z.string(), z.json()).default({}),
  /** An unknown name is an error instead of a warning. */
  strict: z.boolean().default(false),
});

export const renderedView = z.object({
  text: z.string().optional(),
  messages: z.array(z.json()).optional(),
  config: z.record(z.string(), z.json()),
  version: z.string(),
  warnings: z.array(noteView),
});

export const resolveInput = z.strictObject({
  addresses: z.array(text(2_048, 1)).min(1).max(100, { error: 'At most 100 addresses at a time.' }),
});

export const resolvedView = z.object({
  data: z.array(
    z.union([
      z.object({ address: z.string(), resolved: address, version: z.string(), sha256: sha256Hex }),
      z.object({
        address: z.string(),
        error: z.object({ type: z.string(), reason: z.string(), message: z.string() }),
      }),
    ]),
  ),
});

export const contentView = z.object({ content });
