import compress from '@fastify/compress';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/**
 * The files that browsers get. Those below /assets carry their hash in the name and never change; the others are
 * asked for again each time.
 *
 * @param folder build/client
 */
export async function staticFiles(app: FastifyInstance, { folder }: { folder: string }): Promise<void> {
  await app.register(compress, { encodings: ['br', 'gzip'], threshold: 1_024 });
  await app.register(fastifyStatic, {
    root: folder,
    // One route for each file that is there: any other path is a page's.
    wildcard: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const hashed = path.startsWith(`${folder}/assets/`);
      reply.setHeader('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'public, no-cache');
    },
  });
}
