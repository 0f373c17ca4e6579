import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { AppError, validationError } from '../errors.ts';
import { rateLimitHeaders } from '../limits.ts';
import { noteDenial } from '../services/audit.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { tagAnswers } from './caching.ts';
import { keepAnswers } from './idempotency.ts';
import { importRoutes } from './import.ts';
import { labelRoutes } from './labels.ts';
import { answerOtherMethods } from './methods.ts';
import { openApi } from './openapi.ts';
import { projectRoutes } from './projects.ts';
import { promptSetRoutes } from './prompt-sets.ts';
import { promptRoutes } from './prompts.ts';
import { versionRoutes } from './versions.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The program interface. Each route is a schema and a service, which authorises. */
export async function restV1(parent: FastifyInstance, { baseUrl }: { baseUrl: string }): Promise<void> {
  const app = parent.withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (data: unknown) => {
    const result = schema.safeParse(data);
    return result.success ? { value: result.data } : { error: validationError(result.error.issues) };
  });
  app.setSerializerCompiler(serializerCompiler);
  tagAnswers(app);
  // Writes of programs are counted here, one a request: an import too, however many rows it has.
  app.addHook('onRequest', async (request, reply) => {
    if (SAFE_METHODS.has(request.method)) return;
    const { actor, limits } = await request.serviceContext();
    if (actor.kind !== 'apiKey') return;
    await limits.consume('apiWritePerKey', actor.apiKeyId, (standing) => {
      reply.headers(rateLimitHeaders(standing));
    });
  });
  // What services refuse stands in the audit log.
  app.addHook('onError', async (request, _reply, error) => {
    if (error instanceof AppError && error.code === 'FORBIDDEN') {
      await request.serviceContext().then(
        (context) => noteDenial(context, error),
        () => undefined,
      );
    }
  });
  const registerOtherMethods = answerOtherMethods(app);

  keepAnswers(app);
  await openApi(app, { baseUrl });
  projectRoutes(app);
  promptSetRoutes(app);
  promptRoutes(app);
  versionRoutes(app);
  labelRoutes(app);
  apiKeyRoutes(app);
  await app.register(importRoutes);

  registerOtherMethods();
}
