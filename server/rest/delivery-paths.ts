import { z } from 'zod';
import {
  contentView,
  deliveredPrompt,
  renderedView,
  renderInput,
  resolvedView,
  resolveInput,
} from '../schemas/delivery.ts';

/**
 * The delivery routes as the OpenAPI document has them. They are plain routes outside of this interface's scope,
 * where no schema is compiled for each request, so their description stands here.
 */
export function deliveryPaths(): Record<string, object> {
  const tags = ['Delivery'];
  const address = {
    name: 'address',
    in: 'path',
    required: true,
    description:
      '`project/prompt_set/prompt@selector`, whole in the path, percent-encoded or not. The selector is a version (`1.4.2`), a ' +
      'range by npm’s rules (`^1.4`, `1.x`), a label (`production`), `draft` (needs `read:drafts`), or nothing for `latest`.',
    schema: { type: 'string', examples: ['support/emails/welcome@^1.2'] },
  };
  return {
    '/api/v1/prompts/by_address/{address}': {
      get: {
        tags,
        operationId: 'getPromptByAddress',
        summary: 'Fetch a prompt by its address',
        description:
          'Answered from memory. Send the `ETag` back as `If-None-Match` to get 304 while nothing has changed.',
        parameters: [address],
        responses: {
          200: answer('The prompt.', z.object({ prompt: deliveredPrompt })),
          304: { description: 'Unchanged.' },
          ...errors(400, 401, 403, 404, 503),
        },
      },
    },
    '/api/v1/render/{address}': {
      post: {
        tags,
        operationId: 'renderPrompt',
        summary: 'Render a prompt with values',
        description:
          'Checks the values against the parameters: everything that is missing or wrong comes in one answer, each at its name.',
        parameters: [address],
        requestBody: { content: json(renderInput) },
        responses: {
          200: answer('The text or the messages.', renderedView),
          ...errors(400, 401, 403, 404, 413, 422, 503),
        },
      },
    },
    '/api/v1/resolve': {
      post: {
        tags,
        operationId: 'resolveAddresses',
        summary: 'Find out which versions addresses mean',
        description: 'Each address is answered by itself, in the order of the request.',
        requestBody: { required: true, content: json(resolveInput) },
        responses: { 200: answer('One entry for each address.', resolvedView), ...errors(401, 422, 503) },
      },
    },
    '/api/v1/contents/{sha256}': {
      get: {
        tags,
        operationId: 'getContent',
        summary: 'Fetch a content by its hash',
        description: 'It never changes, so it may be kept for ever.',
        parameters: [
          {
            name: 'sha256',
            in: 'path',
            required: true,
            description: 'SHA-256 of the content, as `by_address` and `resolve` give it.',
            schema: { type: 'string', pattern: '^[0-9a-f]{64}$' },
          },
        ],
        responses: { 200: answer('The content.', contentView), ...errors(400, 401, 403, 404, 503) },
      },
    },
  };
}

function answer(description: string, schema: z.ZodType): object {
  return { description, content: json(schema) };
}

function json(schema: z.ZodType): object {
  // Shapes with a name of their own are components of the document already.
  const { $schema: _, $defs: __, ...plain } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const text = JSON.stringify(plain)
    .replaceAll('#/$defs/__shared', '#/components/schemas/JsonValue')
    .replaceAll(/"#\/\$defs\/(__)?schema\d+"/g, '"#/components/schemas/JsonValue"')
    .replaceAll('#/$defs/', '#/components/schemas/');
  return { 'application/json': { schema: JSON.parse(text) as object } };
}

function errors(...statuses: number[]): Record<number, object> {
  return Object.fromEntries(
    statuses.map((status) => [status, { description: 'An error, as described above.' }]),
  );
}
