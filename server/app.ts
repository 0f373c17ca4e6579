import { createRequestHandler, type ServerBuild } from '@remix-run/node';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Logger } from 'pino';
import { sessionCookie } from './auth/sessions.ts';
import type { Delivery } from './delivery/delivery.ts';
import { deliveryRoutes } from './delivery/routes.ts';
import { notFound } from './errors.ts';
import { handleError, sendError, errorOf } from './http/error-handler.ts';
import { healthRoutes } from './http/health.ts';
import type { Lifecycle } from './http/lifecycle.ts';
import { serverLimits, unhurriedRequests } from './http/limits.ts';
import { pageRoutes } from './http/pages.ts';
import { requestContext, requestIdOf } from './http/request-context.ts';
import { sameOrigin } from './http/same-origin.ts';
import { securityHeadersPlugin } from './http/security-headers.ts';
import { staticFiles } from './http/static.ts';
import { trpcRoutes } from './http/trpc.ts';
import { startVite } from './http/vite.ts';
import { restV1 } from './rest/v1.ts';
import type { Deps } from './services/context.ts';

export interface AppOptions {
  lifecycle: Lifecycle;
  logger: Logger;
  version: string;
  /** Addresses or networks whose X-Forwarded-* headers are believed. */
  trustedProxies: string[];
  /** The hot path and its caches. */
  delivery: Delivery;
  /** The folder build/ with client/ and remix/, `vite` to make pages from their sources, or none. */
  pages: { folder: string } | 'vite' | undefined;
  devPages: boolean;
}

/**
 * The server, not yet listening. Requests pass what is registered here from top to bottom.
 *
 * @param deps what the process has
 */
export async function createApp(deps: Deps, options: AppOptions): Promise<FastifyInstance> {
  const { lifecycle, delivery } = options;
  const { baseUrl } = deps.settings;
  const secure = baseUrl.startsWith('https:');
  const cookie = sessionCookie({ https: secure });

  const app: FastifyInstance = Fastify({
    ...serverLimits(),
    loggerInstance: options.logger as FastifyBaseLogger,
    disableRequestLogging: true,
    genReqId: requestIdOf,
    trustProxy: options.trustedProxies.length > 0 ? options.trustedProxies : false,
    // A request that Fastify can't even route doesn't reach the error handler.
    frameworkErrors: (error, request, reply) => sendError(errorOf(error), request, reply),
  });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(() => {
    throw notFound('page');
  });

  const vite = options.pages === 'vite' ? await startVite(app) : undefined;
  await app.register(requestContext, { deps, cookie, lifecycle });
  await app.register(securityHeadersPlugin, { secure });
  await app.register(sameOrigin);
  await app.register(unhurriedRequests);

  healthRoutes(app, {
    lifecycle,
    version: options.version,
    checkDatabase: () => deps.database.delivery.query('select 1'),
    isCacheVerified: () => delivery.freshness.liveSince !== undefined,
  });
  await app.register(deliveryRoutes, {
    delivery,
    pool: deps.database.delivery,
    renderer: deps.renderer,
    now: deps.now,
    onKeyUsed: () => undefined,
  });
  await app.register(restV1, { prefix: '/api/v1', baseUrl });
  await app.register(trpcRoutes, { prefix: '/trpc', cookie });

  const pageOptions = { cookie, baseUrl, devPages: options.devPages, development: vite !== undefined };
  if (vite) {
    app.addHook('onClose', vite.close);
    await app.register(pageRoutes, { ...pageOptions, handle: vite.handle });
  } else if (options.pages && options.pages !== 'vite') {
    const { folder } = options.pages;
    await app.register(staticFiles, { folder: join(folder, 'client') });
    const build = (await import(pathToFileURL(join(folder, 'remix/index.js')).href)) as ServerBuild;
    await app.register(pageRoutes, { ...pageOptions, handle: createRequestHandler(build, 'production') });
  }
  return app;
}
