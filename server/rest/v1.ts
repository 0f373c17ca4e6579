import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AppError, unauthenticated, validationError } from '../errors.ts';
import { answerOtherMethods, isSafe } from '../http/methods.ts';
import { assertKnownQuery } from '../http/query.ts';
import { rateLimitHeaders } from '../limits.ts';
import { noteDenial } from '../services/audit.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { tagAnswers } from './caching.ts';
import { keepAnswers } from './idempotency.ts';
import { importRoutes } from './import.ts';
import { labelRoutes } from './labels.ts';
import { openApi } from './openapi.ts';
import { projectRoutes } from './projects.ts';
import { promptSetRoutes } from './prompt-sets.ts';
import { promptRoutes } from './prompts.ts';
import { versionRoutes } from './versions.ts';

/** The body of a route that takes none: nothing, or an object without fields. */
const noBody = z.strictObject({}).optional();

/** The program interface. Each route is a schema and a service, which authorises. */
export async function restV1(parent: FastifyInstance, { baseUrl }: { baseUrl: string }): Promise<void> {
  const app = parent.withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (data: unknown) => {
    const result = schema.safeParse(data);
    return result.success ? { value: result.data } : { error: validationError(result.error) };
  });
  app.setSerializerCompiler(serializerCompiler);
  tagAnswers(app);
  app.addHook('onRoute', (route) => {
    const query = route.schema?.querystring as z.ZodObject | undefined;
    route.config = { query: Object.keys(query?.shape ?? {}), ...route.config };
  });
  // The caller is known before the body is read, and the query is judged before the body is parsed. Writes of programs
  // are counted here, one for each request: an import too, regardless of its rows.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.routeOptions.config.allowsAnonymous) {
      const { kind } = await request.actor();
      if (kind === 'anonymous') throw unauthenticated();
    }
    assertKnownQuery(request);
    if (isSafe(request.method)) return;
    const { actor, limits } = await request.serviceContext();
    if (actor.kind !== 'apiKey') return;
    await limits.consume('apiWritePerKey', actor.apiKeyId, (standing) => {
      reply.headers(rateLimitHeaders(standing));
    });
  });
  app.addHook('preValidation', (request, _reply, done) => {
    const { schema, config } = request.routeOptions;
    if (schema?.body || config.streamsBody || request.body === undefined) return done();
    done(noBodyError(request.body));
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

/** Unknown fields are refused where no field is known too. */
function noBodyError(body: unknown): AppError | undefined {
  const { error } = noBody.safeParse(body);
  return error && validationError(error);
}
