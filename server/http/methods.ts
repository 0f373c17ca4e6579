import type { FastifyInstance, HTTPMethods } from 'fastify';
import { AppError } from '../errors.ts';

const METHODS: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

/**
 * Watches the routes that are registered from now on.
 *
 * @returns registers, for each of their paths, the methods it does not have: 405 with `Allow`
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
    const prefix = app.prefix;
    for (const [url, methods] of [...known]) {
      const allow = [...methods].sort().join(', ');
      app.route({
        method: METHODS.filter((method) => !methods.has(method)),
        url: url.slice(prefix.length),
        schema: { hide: true },
        handler: (request, reply) => {
          reply.header('allow', allow);
          throw new AppError('METHOD_NOT_SUPPORTED', `${request.method} does not exist here; ${allow} do.`, {
            reason: 'method_not_allowed',
          });
        },
      });
    }
  };
}
