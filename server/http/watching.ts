import fp from 'fastify-plugin';
import { BY_ADDRESS, type FastPathOptions } from '../delivery/response-cache.ts';
import type { Meters } from '../telemetry/meters.ts';
import type { Watch } from '../telemetry/watch.ts';

/** Asked every few seconds by machines: counted, but no traces. */
const PROBES = new Set(['/live', '/ready', '/health']);

/** Counts and traces each request by its route's pattern, never by its path, which may hold what is somebody's. */
export const watching = fp<Pick<Watch, 'meters' | 'traces'>>(
  async (app, { meters, traces }) => {
    app.addHook('onResponse', (request, reply, done) => {
      const { method } = request;
      const route = request.routeOptions.url ?? 'none';
      const answered = { method, route, status: reply.statusCode, milliseconds: reply.elapsedTime };
      meters?.request(answered);
      if (!PROBES.has(route)) {
        const { traceparent } = request.headers as { traceparent?: string };
        traces?.request({ ...answered, requestId: request.id, traceparent });
      }
      done();
    });
  },
  { name: 'watching' },
);

/** Counts responses of the fast path like those of the framework, except for their duration, which is negligible. */
export function countKnown(meters: Meters | undefined): FastPathOptions['onAnswered'] {
  if (!meters) return undefined;
  const request = { method: 'GET', route: `${BY_ADDRESS}*` };
  const found = meters.requestsLike({ ...request, status: 200 });
  const unchanged = meters.requestsLike({ ...request, status: 304 });
  return (delivered, status) => {
    (status === 304 ? unchanged : found).count += 1;
    meters.served(delivered);
  };
}
