import type { FastifyInstance, FastifyReply } from 'fastify';
import { AppError } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route needs no session and no API key. */
    allowsAnonymous?: boolean;
  }
}

/** Reading changes nothing, so another site may cause it, and it isn't counted as a write. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Whether a method only reads (RFC 9110 9.2.1). */
export function isSafe(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/** Sets `Allow`, and returns the error for a method that a path doesn't have. */
export function methodNotAllowed(method: string, allow: string, reply: FastifyReply): AppError {
  reply.header('allow', allow);
  return new AppError('METHOD_NOT_SUPPORTED', `${method} isn’t allowed here. Allowed: ${allow}.`, {
    reason: 'method_not_allowed',
  });
}

/**
 * Watches the routes that are registered from now on.
 *
 * @returns a function that registers, for each of their paths, the methods it doesn't have: 405 with `Allow`. The
 *   answer comes before the body is read and before the caller is known
 */
export function answerOtherMethods(app: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    if (methods.has('GET')) methods.add('HEAD');
    known.set(url, methods);
  });
  return () => {
    for (const [url, methods] of [...known]) {
      const allow = [...methods].sort().join(', ');
      app.route({
        method: app.supportedMethods.filter((method) => !methods.has(method)),
        url: url.slice(app.prefix.length),
        schema: { hide: true },
        config: { allowsAnonymous: true, query: 'any' },
        onRequest: (request, reply, done) => done(methodNotAllowed(request.method, allow, reply)),
        handler: (_request, reply) => reply,
      });
    }
  };
}
