import { z } from 'zod';
import { apiKeyRef, apiKeyView, createApiKeyInput, createdApiKeyView } from '../schemas/api-keys.ts';
import { pageOf } from '../schemas/common.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../services/api-keys.ts';
import type { RestApp } from './app.ts';
import { errors, organisationQuery, pageQuery } from './schemas.ts';

const tags = ['API keys'];

export function apiKeyRoutes(app: RestApp): void {
  app.get(
    '/api_keys',
    {
      schema: {
        tags,
        operationId: 'listApiKeys',
        summary: 'List API keys',
        description: 'Never with their tokens; those are shown once. Needs the scope `manage:organisation`.',
        querystring: pageQuery,
        response: { 200: pageOf(apiKeyView), ...errors() },
      },
    },
    async (request) => listApiKeys(await request.serviceContext(), request.query),
  );

  app.post(
    '/api_keys',
    {
      schema: {
        tags,
        operationId: 'createApiKey',
        summary: 'Make an API key',
        description:
          'The only answer that holds the token. A key can’t make one that may do more than itself.',
        querystring: organisationQuery,
        body: z.strictObject(createApiKeyInput.omit({ organisation: true }).shape),
        response: { 201: z.object({ api_key: createdApiKeyView }), ...errors(404, 415) },
      },
    },
    async (request, reply) => {
      const apiKey = await createApiKey(await request.serviceContext(), {
        ...request.query,
        ...request.body,
      });
      return reply.code(201).header('cache-control', 'no-store').send({ api_key: apiKey });
    },
  );

  app.delete(
    '/api_keys/:api_key_id',
    {
      schema: {
        tags,
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key',
        description: 'At once and for good. Revoking it again changes nothing.',
        params: apiKeyRef.pick({ api_key_id: true }),
        querystring: organisationQuery,
        response: { 200: z.object({ api_key: apiKeyView }), ...errors(404) },
      },
    },
    async (request) => ({
      api_key: await revokeApiKey(await request.serviceContext(), { ...request.query, ...request.params }),
    }),
  );
}
