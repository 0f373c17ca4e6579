import { z } from 'zod';
import {
  ADDRESS_PATTERN,
  contentView,
  deliveredPrompt,
  renderedView,
  renderInput,
  resolvedView,
  resolveInput,
} from '../schemas/delivery.ts';
import type { OperationDocs, OperationFacts } from './openapi/complete.ts';
import type { Reasons } from './openapi/reasons.ts';

const OF_ADDRESSES = { 400: ['address.invalid'], 404: ['not_found', 'version.no_match'] } as const;
const OF_RENDERING = {
  400: ['address.invalid'],
  404: ['not_found', 'version.no_match'],
  413: ['render.values_too_large'],
  422: [
    ...(['values.invalid', 'render.undefined', 'render.output_too_large', 'render.memory'] as const),
    ...(['render.failed', 'render.syntax', 'render.missing_prompt', 'render.not_text'] as const),
    ...([
      'render.arguments',
      'render.too_deep',
      'render.time_zone',
      'render.timeout',
      'render.prompts_too_large',
    ] as const),
  ],
  503: ['render.busy', 'render.closed'],
} as const satisfies Reasons;

/**
 * Describes the delivery routes in the OpenAPI document. They are registered outside the REST scope, without schemas that
 * would be compiled for each request.
 *
 * @param bodyLimit in bytes
 */
export function deliveryPaths(bodyLimit: number): Record<string, object> {
  const facts = (docs: OperationDocs) => factsOf(docs, bodyLimit);
  const tags = ['Delivery'];
  const address = {
    name: 'address',
    in: 'path',
    required: true,
    description:
      '`project/prompt_set/prompt@selector`, in one path segment or several. The selector is a version (`1.4.2`), a range ' +
      'in npm’s syntax (`^1.4`, `1.x`), a label (`production`), `draft` (needs `read:drafts`), or absent for the newest ' +
      'release. Percent-encode spaces.',
    schema: {
      type: 'string',
      pattern: ADDRESS_PATTERN,
      maxLength: 2_048,
      examples: ['support/emails/welcome@^1.4'],
    },
  };
  return {
    '/api/v1/prompts/by_address/{address}': {
      get: {
        tags,
        operationId: 'getPromptByAddress',
        summary: 'Fetch a prompt by its address',
        description:
          'Answered from memory. Send the `ETag` as `If-None-Match` to get 304 while the prompt is unchanged.',
        parameters: [address],
        responses: { 200: answer('The prompt.', z.object({ prompt: deliveredPrompt })) },
        ...facts({
          permissions: ['prompts.read', 'drafts.read'],
          reasons: OF_ADDRESSES,
          tag: 'body',
          headers: { 'Cache-Control': true, 'Anvil-Verified-At': false },
        }),
      },
    },
    '/api/v1/render/{address}': {
      post: {
        tags,
        operationId: 'renderPrompt',
        summary: 'Render a prompt with values',
        description:
          'Checks the values against the parameters. One response lists every value that is missing or wrong. Ignores ' +
          '`Idempotency-Key`: repeating a render is safe.',
        parameters: [address],
        requestBody: { content: json(renderInput) },
        responses: { 200: answer('The text or the messages.', renderedView) },
        ...facts({
          permissions: ['prompts.read', 'drafts.read'],
          reasons: OF_RENDERING,
          headers: { 'Cache-Control': true, 'Anvil-Verified-At': false },
        }),
      },
    },
    '/api/v1/resolve': {
      post: {
        tags,
        operationId: 'resolveAddresses',
        summary: 'Resolve addresses to versions',
        description:
          'Each address has its own result, in the order of the request. If one can’t be resolved at the moment, the whole ' +
          'response is 503.',
        requestBody: { required: true, content: json(resolveInput) },
        responses: { 200: answer('One entry for each address.', resolvedView) },
        ...facts({
          permissions: ['prompts.read', 'drafts.read'],
          headers: { 'Cache-Control': true, 'Anvil-Verified-At': false },
        }),
      },
    },
    '/api/v1/contents/{sha256}': {
      get: {
        tags,
        operationId: 'getContent',
        summary: 'Fetch a content by its hash',
        description: 'A content never changes, so programs may keep it for ever.',
        parameters: [
          {
            name: 'sha256',
            in: 'path',
            required: true,
            description: 'SHA-256 of the content, from `by_address` or `resolve`.',
            schema: { type: 'string', pattern: '^[0-9a-f]{64}$', minLength: 64, maxLength: 64 },
          },
        ],
        responses: { 200: answer('The content.', contentView) },
        ...facts({
          permissions: ['prompts.read', 'drafts.read'],
          reasons: { 400: ['sha256.invalid'], 404: ['not_found'] },
          tag: 'body',
          headers: { 'Cache-Control': true },
        }),
      },
    },
  };
}

function factsOf(docs: OperationDocs, bodyLimit: number): { 'x-facts': OperationFacts } {
  return {
    'x-facts': {
      ...docs,
      area: 'delivery',
      takesIdempotencyKey: false,
      takesIfMatch: false,
      answersSecret: false,
      bodyLimit,
    },
  };
}

function answer(description: string, schema: z.ZodType): object {
  return { description, content: json(schema) };
}

function json(schema: z.ZodType): object {
  // Named schemas are components of the document already.
  const { $schema: _, $defs: __, ...plain } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const text = JSON.stringify(plain)
    .replaceAll('#/$defs/__shared', '#/components/schemas/JsonValue')
    .replaceAll(/"#\/\$defs\/(__)?schema\d+"/g, '"#/components/schemas/JsonValue"')
    .replaceAll('#/$defs/', '#/components/schemas/');
  return { 'application/json': { schema: JSON.parse(text) as object } };
}
