import { checkContentSize } from '@anvil/core/content-size';
import { PARAMETER_BOUNDS } from '@anvil/core/parameter';
import {
  PARAMETER_TYPES,
  ROLES,
  TEMPLATE_LENGTH_MAX,
  type Parameter,
  type ValueShape,
} from '@anvil/core/prompt';
import { z } from 'zod';
import { jsonValue, list, nestedList } from './bounded.ts';
import { text } from './common.ts';

const MESSAGES_MAX = 200;
const NAME_MAX_LENGTH = PARAMETER_BOUNDS.nameLength;

const shape = {
  type: z.enum(PARAMETER_TYPES).describe('`messages` is for the parameter that a placeholder names.'),
  description: text(PARAMETER_BOUNDS.descriptionLength).optional(),
  enum: list(z.union([text(1_000), z.number()]), PARAMETER_BOUNDS.enumValues)
    .optional()
    .describe('The only values that are taken, on `string` and `number`.'),
};

const valueShape: z.ZodType<ValueShape, ValueShape> = z
  .strictObject({
    ...shape,
    get fields(): z.ZodOptional<z.ZodArray<typeof parameter>> {
      return list(parameter, PARAMETER_BOUNDS.count)
        .optional()
        .describe('What an `object` holds; without them it is open.');
    },
    get items(): z.ZodOptional<typeof valueShape> {
      return valueShape.optional().describe('What a `list` holds; without it anything.');
    },
  })
  .meta({ id: 'ValueShape' });

/** A parameter as product rules describe it; whether it holds together is core's checkParameters. */
export const parameter: z.ZodType<Parameter, Parameter> = z
  .strictObject({
    name: text(NAME_MAX_LENGTH, 1),
    ...shape,
    required: z.boolean().describe('Without a value the call is refused.'),
    default: jsonValue()
      .optional()
      .describe(
        'What an optional parameter is when it is not given, or given as `null`; `null` when left out.',
      ),
    deprecated: text(PARAMETER_BOUNDS.deprecatedLength)
      .optional()
      .describe('Callers may still give it and get this message.'),
    get fields(): z.ZodOptional<z.ZodArray<typeof parameter>> {
      return list(parameter, PARAMETER_BOUNDS.count)
        .optional()
        .describe('What an `object` holds; without them it is open.');
    },
    get items(): z.ZodOptional<typeof valueShape> {
      return valueShape.optional().describe('What a `list` holds; without it anything.');
    },
  })
  .meta({ id: 'Parameter' });

const shared = {
  parameters: nestedList(parameter, PARAMETER_BOUNDS.count)
    .default([])
    .describe('What the templates may use.'),
  config: text(100_000)
    .default('{}')
    .describe(
      'The text of a JSON object for the program that calls the model: model, temperature, tools. Kept byte for byte.',
    ),
};

export const textContent = z.strictObject({
  kind: z.literal('text'),
  template: text(TEMPLATE_LENGTH_MAX).describe('Liquid.'),
  ...shared,
});
export const chatContent = z.strictObject({
  kind: z.literal('chat'),
  messages: list(
    z.union([
      z.strictObject({ role: z.enum(ROLES), content: text(TEMPLATE_LENGTH_MAX).describe('Liquid.') }),
      z.strictObject({
        placeholder: text(NAME_MAX_LENGTH, 1).describe('Name of a parameter of the type `messages`.'),
      }),
    ]),
    MESSAGES_MAX,
    'A chat prompt needs at least one message.',
  ).describe('Each with Liquid as its content, or a placeholder where the caller’s own messages go in.'),
  ...shared,
});
export const content = z.discriminatedUnion('kind', [textContent, chatContent]);
/** A content that a caller sends. Stored contents may be larger: earlier releases had no limit for the whole. */
export const contentInput = content.superRefine((value, context) => {
  const message = checkContentSize(value);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

export const place = z.object({
  prompt: z.string().optional().describe('Slug, where several prompts were looked at.'),
  part: z
    .enum(['template', 'message', 'parameter', 'config'])
    .describe('Which part of the content it is in.'),
  message: z.number().int().optional().describe('Which message of a chat prompt, counted from 0.'),
  path: z.string().optional().describe('Which parameter or field: `order.items`.'),
  line: z.number().int().optional().describe('Counted from 1.'),
  column: z.number().int().optional().describe('Counted from 1.'),
});
export const problem = z.object({
  rule: z.string().describe('The rule that it breaks; stable, for programs.'),
  severity: z
    .enum(['syntax', 'error', 'warning'])
    .describe('`syntax` can’t be saved, `error` can’t be published.'),
  message: z.string(),
  place,
});
