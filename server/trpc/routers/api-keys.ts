import { apiKeyRef, revokeApiKeyInput, createApiKeyInput, listApiKeysInput } from '../../schemas/api-keys.ts';
import { createApiKey, listApiKeyDescendants, listApiKeys, revokeApiKey } from '../../services/api-keys.ts';
import { procedure, router } from '../trpc.ts';

export const apiKeys = router({
  list: procedure.input(listApiKeysInput).query(({ ctx, input }) => listApiKeys(ctx, input)),
  descendants: procedure.input(apiKeyRef).query(({ ctx, input }) => listApiKeyDescendants(ctx, input)),
  create: procedure.input(createApiKeyInput).mutation(({ ctx, input }) => createApiKey(ctx, input)),
  revoke: procedure.input(revokeApiKeyInput).mutation(({ ctx, input }) => revokeApiKey(ctx, input)),
});
