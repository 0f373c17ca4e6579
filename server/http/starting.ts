import Fastify, { LogController, type FastifyBaseLogger } from 'fastify';
import type { RequestListener, Server } from 'node:http';
import { AppError } from '../errors.ts';
import { handleError } from './error-handler.ts';
import { healthRoutes, type HealthOptions } from './health.ts';
import type { Lifecycle } from './lifecycle.ts';
import { serverLimits } from './limits.ts';
import { requestIdOf } from './request-context.ts';
import { securityHeaders, securityHeadersPlugin } from './security-headers.ts';

const STARTING = 'Anvil is starting.';

export interface StartingOptions {
  lifecycle: Lifecycle;
  logger: FastifyBaseLogger;
  release: HealthOptions['release'];
  /** Whether this instance is reached by https. */
  secure: boolean;
  attach: (listener: RequestListener) => Server;
}

/**
 * Answers requests until the application exists: `/live` is 200, so that no platform restarts a process that waits for
 * its database. Everything else is 503.
 */
export async function startingApp(options: StartingOptions): Promise<void> {
  const { lifecycle, logger, release, secure, attach } = options;
  const app = Fastify({
    ...serverLimits(),
    serverFactory: attach,
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
  });
  app.setErrorHandler(handleError);
  await app.register(securityHeadersPlugin, { headers: securityHeaders(secure) });
  app.addHook('onRequest', (request, reply, done) => {
    // The connection ends, because bodies aren't read.
    reply.headers({ 'x-request-id': request.id, connection: 'close' });
    done();
  });
  healthRoutes(app, {
    ...{ lifecycle, release },
    database: { servicesProbe: notYet(lifecycle), isDiskFull: () => false },
    isCacheVerified: () => false,
  });
  const refuse = () => {
    throw new AppError('SERVICE_UNAVAILABLE', `${lifecycle.waitingFor ?? STARTING} Try again in a moment.`, {
      reason: 'starting',
      retryAfterSeconds: 5,
    });
  };
  app.all('*', { onRequest: refuse }, refuse);
  await app.ready();
}

/** Stands for the probe of a database that isn't open yet. */
function notYet(lifecycle: Lifecycle) {
  return {
    isReachable: false,
    get failure() {
      return lifecycle.waitingFor ?? STARTING;
    },
    check: () => Promise.resolve(),
  };
}
