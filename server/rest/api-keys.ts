import { z } from 'zod';
import { AppError } from '../errors.ts';
import {
  apiKeyDescendant,
  apiKeyRef,
  apiKeyState,
  apiKeyView,
  createApiKeyInput,
  createdApiKeyView,
  type ApiKeyView,
} from '../schemas/api-keys.ts';
import { pageOf } from '../schemas/common.ts';
import {
  createApiKey,
  getApiKey,
  listApiKeyDescendants,
  listApiKeys,
  revokeApiKey,
} from '../services/api-keys.ts';
import type { RestApp } from './app.ts';
import { API_KEY_IF_MATCH, asPrecondition, IF_MATCH_NOTE, requireIfMatch } from './preconditions.ts';
import { organisationQuery, pageQuery } from './schemas.ts';

const tags = ['API keys'];
/** Forms send the days as text. JSON has numbers. */
const createApiKeyBody = z.strictObject({
  ...createApiKeyInput.omit({ organisation: true }).shape,
  expires_in_days: z
    .number()
    .int()
    .min(1)
    .max(3_650)
    .optional()
    .describe('After how many days the key expires. Without it the key never expires.'),
});

function stateTag({ revoked_at: revokedAt }: ApiKeyView): string {
  return `"${apiKeyState.enum[revokedAt ? 'revoked' : 'active']}"`;
}

export function apiKeyRoutes(app: RestApp): void {
  app.get(
    '/api_keys',
    {
      config: { docs: { permissions: ['apiKeys.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'listApiKeys',
        summary: 'List API keys',
        description: 'Never with their tokens; those are shown once. Needs the scope `manage:organisation`.',
        querystring: pageQuery,
        response: { 200: pageOf(apiKeyView) },
      },
    },
    async (request) => listApiKeys(await request.serviceContext(), request.query),
  );

  app.post(
    '/api_keys',
    {
      config: {
        docs: {
          permissions: ['apiKeys.write'],
          reasons: { 403: ['api_key.beyond_maker'] },
          tag: 'state',
          headers: { Location: true, 'Cache-Control': true },
        },
        secretOf: (body) => (body as { api_key: { id: string } }).api_key.id,
      },
      schema: {
        tags,
        operationId: 'createApiKey',
        summary: 'Create an API key',
        description:
          'The only answer that holds the token. A key can’t make one that may do more than itself.',
        querystring: organisationQuery,
        body: createApiKeyBody,
        response: { 201: z.object({ api_key: createdApiKeyView }) },
      },
    },
    async (request, reply) => {
      const apiKey = await createApiKey(await request.serviceContext(), {
        ...request.query,
        ...request.body,
      });
      reply
        .code(201)
        .header('location', `/api/v1/api_keys/${apiKey.id}`)
        .header('cache-control', 'no-store')
        .header('etag', stateTag(apiKey));
      return { api_key: apiKey };
    },
  );

  app.get(
    '/api_keys/:api_key_id',
    {
      config: { docs: { permissions: ['apiKeys.read'], tag: 'state' } },
      schema: {
        tags,
        operationId: 'getApiKey',
        summary: 'Get an API key',
        description: 'Without its token. The `ETag` says whether it is `"active"` or `"revoked"`.',
        params: apiKeyRef.pick({ api_key_id: true }),
        querystring: organisationQuery,
        response: { 200: z.object({ api_key: apiKeyView }) },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...request.params };
      const apiKey = await getApiKey(await request.serviceContext(), input);
      return reply.header('etag', stateTag(apiKey)).send({ api_key: apiKey });
    },
  );

  app.delete(
    '/api_keys/:api_key_id',
    {
      config: {
        docs: {
          permissions: ['apiKeys.write'],
          reasons: { 403: ['api_key.beyond_maker'], 412: ['api_key.changed'] },
          tag: 'state',
        },
        ifMatch: API_KEY_IF_MATCH,
      },
      schema: {
        tags,
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key',
        description: `At once and for good. Keys that it created keep working; \`descendants\` lists them. ${IF_MATCH_NOTE}`,
        params: apiKeyRef.pick({ api_key_id: true }),
        querystring: organisationQuery,
        response: {
          200: z.object({
            api_key: apiKeyView,
            descendants: z
              .array(apiKeyDescendant)
              .describe('Keys that it created, directly or through other keys, and that still work.'),
          }),
        },
      },
    },
    async (request, reply) => {
      const tag = requireIfMatch(request.headers['if-match']);
      const { data: state } = apiKeyState.safeParse(tag);
      if (!state) {
        throw new AppError(
          'PRECONDITION_FAILED',
          'If-Match is not the ETag of an API key, such as "active".',
          {
            reason: 'if_match_required',
          },
        );
      }
      const context = await request.serviceContext();
      const input = { ...request.query, ...request.params, state };
      const apiKey = await asPrecondition(revokeApiKey(context, input), 'api_key.changed');
      const descendants = await listApiKeyDescendants(context, { ...request.query, ...request.params });
      return reply.header('etag', stateTag(apiKey)).send({ api_key: apiKey, descendants });
    },
  );
}
