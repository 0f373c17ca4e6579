import { createRequestHandler, type ServerBuild } from '@remix-run/node';
import type { PagesSource } from './pages.ts';

/**
 * Pages from their sources, in development: Vite answers for modules on the same port, before any other route, and
 * reloads by a web socket on the same server.
 */
export const vitePages: PagesSource = async (app) => {
  const { createServer } = await import('vite');
  const handlers = process.listeners('SIGTERM');
  const vite = await createServer({
    appType: 'custom',
    server: { middlewareMode: true, hmr: { server: app.server } },
  });
  // Remix' inner Vite would end the process at a signal, before our own shutdown has stopped the database.
  for (const added of process.listeners('SIGTERM'))
    if (!handlers.includes(added)) process.off('SIGTERM', added);
  app.addHook('onRequest', (request, reply, done) => vite.middlewares(request.raw, reply.raw, done));
  app.addHook('onClose', () => vite.close());
  const build = () =>
    vite.ssrLoadModule('virtual:remix/server-build') as Promise<unknown> as Promise<ServerBuild>;
  return { handle: createRequestHandler(build, 'development'), development: true };
};
