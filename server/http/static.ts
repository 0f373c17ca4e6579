import compress from '@fastify/compress';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { constants } from 'node:zlib';

/**
 * The files that browsers get. Those below /assets carry their hash in the name and never change; the others are
 * asked for again each time.
 *
 * @param folder build/client
 */
export async function staticFiles(app: FastifyInstance, { folder }: { folder: string }): Promise<void> {
  // The best compression of a large file takes seconds; this one is within some percent of it.
  const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
  await app.register(compress, { encodings: ['br', 'gzip'], threshold: 1_024, brotliOptions });
  app.addHook('onRequest', (request, reply, done) => {
    const hashed = request.url.startsWith('/assets/');
    reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'public, no-cache');
    done();
  });
  // One route for each file that is there: any other path is a page's.
  await app.register(fastifyStatic, { root: folder, wildcard: false, cacheControl: false });
}
