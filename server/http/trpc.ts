import type { TRPCError } from '@trpc/server';
import { fastifyTRPCPlugin, type FastifyTRPCPluginOptions } from '@trpc/server/adapters/fastify';
import type { FastifyInstance } from 'fastify';
import type { SessionCookie } from '../auth/sessions.ts';
import { rateLimitHeaders } from '../limits.ts';
import { logFailure, logRefusal } from '../telemetry/log-failure.ts';
import { appErrorOf } from '../trpc/errors.ts';
import { appRouter, type AppRouter } from '../trpc/router.ts';
import { PROMPT_BODY_MAX_BYTES } from './limits.ts';
import { refuseTrace } from './refuse-trace.ts';
import { sessionCookiesOf } from './session-cookie.ts';

/** Calls in one request; limits count each of them. */
const BATCH_MAX = 20;

/** The tRPC router over HTTP, for sessions of this site and for API keys. */
export async function trpcRoutes(app: FastifyInstance, { cookie }: { cookie: SessionCookie }): Promise<void> {
  app.addHook('onRequest', refuseTrace);
  app.addHook('onRoute', (route) => {
    route.bodyLimit = PROMPT_BODY_MAX_BYTES;
  });
  // tRPC answers a batch that is too large with JSON but without saying so; it comes out as text/plain.
  app.addHook('onSend', async (_request, _reply, payload) => {
    if (payload instanceof Response && payload.headers.get('content-type')?.startsWith('text/plain'))
      payload.headers.set('content-type', 'application/json');
  });
  const options: FastifyTRPCPluginOptions<AppRouter> = {
    trpcOptions: {
      router: appRouter,
      maxBatchSize: BATCH_MAX,
      createContext: async ({ req, res }) => ({
        ...(await req.serviceContext()),
        cookies: sessionCookiesOf(res, cookie),
        tellLimit: (standing) => void res.headers(rateLimitHeaders(standing)),
      }),
      responseMeta: ({ errors }) => ({ headers: retryAfter(errors) }),
      onError: ({ error, req }) => {
        logFailure(req.log, appErrorOf(error), 'call failed');
        logRefusal(req, appErrorOf(error));
      },
    },
  };
  await app.register(fastifyTRPCPlugin, options);
}

/** One answer holds many calls: the longest wait of them. */
function retryAfter(errors: readonly TRPCError[]): Record<string, string> {
  const waits = errors.map((error) => appErrorOf(error).retryAfterSeconds ?? 0);
  const seconds = Math.max(0, ...waits);
  return seconds > 0 ? { 'retry-after': String(seconds) } : {};
}
