import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { RequestListener, Server } from 'node:http';
import type { Release } from '#db/release.ts';
import { readingTogether } from '#db/tenancy.ts';
import { createKeyUseNotes } from './auth/key-use.ts';
import { createKnownBrowsers } from './auth/known-browsers.ts';
import { sessionCookie } from './auth/sessions.ts';
import type { Delivery } from './delivery/delivery.ts';
import type { CachedKey } from './delivery/keys.ts';
import { createFastPath } from './delivery/response-cache.ts';
import { deliveryRoutes } from './delivery/routes.ts';
import { notFound } from './errors.ts';
import { refuseEncodedBody } from './http/body-limits.ts';
import { handleError } from './http/error-handler.ts';
import {
  createAddressHeaderReader,
  createProxyTest,
  type ClientAddressSource,
} from './http/client-address.ts';
import { healthRoutes } from './http/health.ts';
import { knownHosts, type ServesHost } from './http/hosts.ts';
import { checkNumbers } from './http/exact-body.ts';
import { acceptJson } from './http/json-body.ts';
import type { Lifecycle } from './http/lifecycle.ts';
import { createLimitedServer, serverLimits, unhurriedRequests } from './http/limits.ts';
import { answerOtherMethods, methodNotAllowed } from './http/methods.ts';
import { pageRoutes, type PagesSource } from './http/pages.ts';
import { hasSeveralHosts, useOriginForm } from './http/raw-request.ts';
import { requestContext, requestIdOf } from './http/request-context.ts';
import { sameOrigin } from './http/same-origin.ts';
import { securityHeaders, securityHeadersPlugin } from './http/security-headers.ts';
import { staticFiles } from './http/static.ts';
import { trpcRoutes } from './http/trpc.ts';
import { countKnown, watching } from './http/watching.ts';
import type { Inbox } from './mail/inbox.ts';
import { restV1 } from './rest/v1.ts';
import { noteDenial } from './services/audit.ts';
import type { Deps } from './services/context.ts';
import type { Watch } from './telemetry/watch.ts';

export interface AppOptions {
  lifecycle: Lifecycle;
  logger: FastifyBaseLogger;
  release: Release;
  clientAddress: ClientAddressSource;
  /** The host names that Anvil answers under. */
  servesHost: ServesHost;
  /** The hot path and its caches. */
  delivery: Delivery;
  /** Left out where only the API is asked. */
  pages?: PagesSource;
  devPages: boolean;
  /** Where mails lie that are not sent, in development. */
  inbox?: Inbox | undefined;
  /** Returns the problem of the mail transport, if it has one. Left out if Anvil sends no mail. */
  mailProblem?: (() => string | undefined) | undefined;
  /** Takes the listener of requests and returns the server that calls it. Left out in tests. */
  attach?: (listener: RequestListener) => Server;
  /** Where requests are counted and traced, if somebody watches. */
  watch?: Pick<Watch, 'meters' | 'traces'>;
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
  const cookies = {
    session: sessionCookie({ https: secure }),
    knownBrowsers: createKnownBrowsers(deps.secretKeys, { https: secure }),
  };
  const noteKeyUse = createKeyUseNotes(deps);

  const findApiKey = async (token: string) => {
    const { actor } = (await delivery.keys.find(token)).key;
    noteKeyUse(actor);
    return actor;
  };
  const onKeyUsed = ({ actor }: CachedKey) => noteKeyUse(actor);
  const headers = securityHeaders(secure);
  const answerFromCache = createFastPath({
    ...{ delivery, headers, requestIdOf, onKeyUsed },
    isReady: () => lifecycle.phase === 'ready',
    onAnswered: countKnown(options.watch?.meters),
  });

  const readAddressHeader = createAddressHeaderReader(options.clientAddress);

  const app: FastifyInstance = Fastify({
    ...serverLimits(),
    serverFactory: (handle) =>
      (options.attach ?? createLimitedServer)((request, response) => {
        if (hasSeveralHosts(request) || !answerFromCache(request, response)) handle(request, response);
      }),
    rewriteUrl: (request) => {
      readAddressHeader(request);
      return useOriginForm(request);
    },
    loggerInstance: options.logger,
    // Fastify's own two lines a request hold the whole URL; request-context.ts writes one without the query.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    trustProxy: createProxyTest(options.clientAddress),
    // A request that Fastify can't even route doesn't reach the error handler.
    frameworkErrors: handleError,
  });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((request, reply) => {
    // Every path may have other methods than those that Fastify knows, and none has one.
    if (!app.supportedMethods.includes(request.method))
      throw methodNotAllowed(request.method, 'GET, HEAD, POST', reply);
    throw notFound('page');
  });
  acceptJson(app, checkNumbers);

  const pages = await options.pages?.(app);
  await app.register(requestContext, { deps, findApiKey, cookies, lifecycle });
  await app.register(securityHeadersPlugin, { headers });
  if (options.watch) await app.register(watching, options.watch);
  await app.register(knownHosts, { servesHost: options.servesHost });
  await app.register(sameOrigin, { servesHost: options.servesHost });
  app.addHook('preParsing', refuseEncodedBody);
  await app.register(unhurriedRequests);

  await app.register(async (scope) => {
    const registerOtherMethods = answerOtherMethods(scope);
    healthRoutes(scope, {
      lifecycle,
      release: options.release,
      database: deps.database,
      isCacheVerified: () => delivery.freshness.isConnected,
      mailProblem: options.mailProblem,
    });
    registerOtherMethods();
  });
  await app.register(async (scope) => {
    const registerOtherMethods = answerOtherMethods(scope);
    await scope.register(deliveryRoutes, {
      delivery,
      renderer: deps.renderer,
      onKeyUsed,
      onServed: (delivered) => options.watch?.meters?.served(delivered),
      onRefused: (request, error) => noteDenial({ ...deps, requestId: request.id }, error),
    });
    registerOtherMethods();
  });
  await app.register(restV1, { prefix: '/api/v1', baseUrl });
  // A mistyped path of the API comes from a program, so the answer isn't a page. It comes before the body is read.
  for (const url of ['/api', '/api/*']) {
    app.all(url, {
      schema: { hide: true },
      config: { query: 'any' },
      onRequest: (_request, _reply, done) =>
        done(notFound('path in this API; /api/v1/openapi.json lists them')),
      handler: (_request, reply) => reply,
    });
  }
  await app.register(trpcRoutes, { prefix: '/trpc', cookies });

  if (pages) {
    if (pages.clientFolder) await app.register(staticFiles, { folder: pages.clientFolder });
    await app.register(pageRoutes, {
      pages,
      readTogether: (work) => readingTogether(deps.database, work),
      refusal: () => deps.database.servicesProbe.refusal(),
      cookies,
      baseUrl,
      devPages: options.devPages,
      inbox: options.inbox,
    });
  }
  return app;
}
