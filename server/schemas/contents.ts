import { PARAMETER_BOUNDS } from '@anvil/core/parameter';
import {
  PARAMETER_TYPES,
  ROLES,
  TEMPLATE_LENGTH_MAX,
  type Parameter,
  type ValueShape,
} from '@anvil/core/prompt';
import { z } from 'zod';
import { text } from './common.ts';

const NAME_MAX_LENGTH = PARAMETER_BOUNDS.nameLength;

const jsonValue = z.json();

const shape = {
  type: z.enum(PARAMETER_TYPES),
  description: text(PARAMETER_BOUNDS.descriptionLength).optional(),
  enum: z
    .array(z.union([text(1_000), z.number()]))
    .max(PARAMETER_BOUNDS.enumValues)
    .optional(),
};

const valueShape: z.ZodType<ValueShape, ValueShape> = z
  .strictObject({
    ...shape,
    get fields(): z.ZodOptional<z.ZodArray<typeof parameter>> {
      return z.array(parameter).max(PARAMETER_BOUNDS.count).optional();
    },
    get items(): z.ZodOptional<typeof valueShape> {
      return valueShape.optional();
    },
  })
  .meta({ id: 'ValueShape' });

/** A parameter as product rules describe it; whether it holds together is core's checkParameters. */
export const parameter: z.ZodType<Parameter, Parameter> = z
  .strictObject({
    name: text(NAME_MAX_LENGTH, 1),
    ...shape,
    required: z.boolean(),
    default: jsonValue.optional(),
    deprecated: text(PARAMETER_BOUNDS.deprecatedLength).optional(),
    get fields(): z.ZodOptional<z.ZodArray<typeof parameter>> {
      return z.array(parameter).max(PARAMETER_BOUNDS.count).optional();
    },
    get items(): z.ZodOptional<typeof valueShape> {
      return valueShape.optional();
    },
  })
  .meta({ id: 'Parameter' });

const shared = {
  parameters: z.array(parameter).max(PARAMETER_BOUNDS.count).default([]),
  /** The text of a JSON object; kept byte for byte. */
  config: text(100_000).default('{}'),
};

export const textContent = z.strictObject({
  kind: z.literal('text'),
  template: text(TEMPLATE_LENGTH_MAX),
  ...shared,
});
export const chatContent = z.strictObject({
  kind: z.literal('chat'),
  messages: z
    .array(
      z.union([
        z.strictObject({ role: z.enum(ROLES), content: text(TEMPLATE_LENGTH_MAX) }),
        z.strictObject({ placeholder: text(NAME_MAX_LENGTH, 1) }),
      ]),
    )
    .min(1, { error: 'A chat prompt needs at least one message.' })
    .max(200),
  ...shared,
});
export const content = z.discriminatedUnion('kind', [textContent, chatContent]);

export const place = z.object({
  prompt: z.string().optional(),
  part: z.enum(['template', 'message', 'parameter', 'config']),
  message: z.number().int().optional(),
  path: z.string().optional(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
});
export const problem = z.object({
  rule: z.string(),
  severity: z.enum(['syntax', 'error', 'warning']),
  message: z.string(),
  place,
});
