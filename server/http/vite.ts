import { createRequestHandler, type RequestHandler, type ServerBuild } from '@remix-run/node';
import type { FastifyInstance } from 'fastify';

/**
 * Pages from their sources, in development: Vite answers for modules on the same port, before any other route, and
 * reloads by a web socket on the same server.
 *
 * @returns Remix' handler, and how to stop Vite
 */
export async function startVite(
  app: FastifyInstance,
): Promise<{ handle: RequestHandler; close: () => Promise<void> }> {
  const { createServer } = await import('vite');
  const vite = await createServer({
    appType: 'custom',
    server: { middlewareMode: true, hmr: { server: app.server } },
  });
  app.addHook('onRequest', (request, reply, done) => vite.middlewares(request.raw, reply.raw, done));
  const build = () =>
    vite.ssrLoadModule('virtual:remix/server-build') as Promise<unknown> as Promise<ServerBuild>;
  return { handle: createRequestHandler(build, 'development'), close: () => vite.close() };
}
