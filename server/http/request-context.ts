import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Actor } from '../auth/actor.ts';
import { authenticate, type AuthenticateDeps } from '../auth/authenticate.ts';
import { readCookie } from '../auth/cookie-header.ts';
import type { Context, Deps } from '../services/context.ts';
import { bearerToken } from './bearer.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { SignInCookies } from './session-cookie.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks: found out once, when somebody first wants to know. */
    actor(): Promise<Actor>;
    /** What services get: who asks, from where, and what the process has. */
    serviceContext(): Promise<Context>;
  }
}

const REQUEST_ID = /^[A-Za-z0-9._-]{8,100}$/;

/** The id of a proxy in front is kept, so that its log and ours can be read together; anything odd is replaced. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

export interface RequestContextOptions {
  deps: Deps;
  findApiKey: AuthenticateDeps['findApiKey'];
  cookies: SignInCookies;
  lifecycle: Lifecycle;
}

/** Gives each request its id, actor and context, and writes its line into the log. */
export const requestContext = fp<RequestContextOptions>(
  async (app, { deps, findApiKey, cookies: signInCookies, lifecycle }) => {
    const authenticateDeps = { ...deps, findApiKey };
    const actors = new WeakMap<FastifyRequest, Promise<Actor>>();

    app.decorateRequest('actor', function (this: FastifyRequest) {
      const known = actors.get(this);
      if (known) return known;
      const { authorization, cookie: cookies } = this.headers;
      // Another scheme than Bearer is ignored: a proxy in front of Anvil may ask for a password of its own ("Basic").
      const actor = authenticate(
        {
          apiKeyToken: bearerToken(authorization),
          sessionToken: readCookie(cookies, signInCookies.session.name),
        },
        authenticateDeps,
      );
      actors.set(this, actor);
      return actor;
    });
    app.decorateRequest('serviceContext', async function (this: FastifyRequest) {
      return {
        ...{ ...deps, actor: await this.actor(), requestId: this.id, ip: this.ip },
        knownBrowserOf: (email) => signInCookies.knownBrowsers.find(this.headers.cookie, email),
      };
    });

    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id);
      if (lifecycle.phase === 'draining') reply.header('connection', 'close');
      done();
    });
    app.addHook('onResponse', (request, reply, done) => {
      const [path] = request.url.split('?', 1);
      const ms = Math.round(reply.elapsedTime);
      request.log.info({ method: request.method, path, status: reply.statusCode, ms }, 'request');
      done();
    });
  },
  { name: 'request-context' },
);
