import { createServer, type RequestListener, type Server } from 'node:http';

/** Serves `/metrics` on a separate, private port. The server doesn't keep the process running. */
export function createMetricsServer(writeMetrics: RequestListener): Server {
  return createServer((request, response) => {
    if (/^\/metrics(\?|$)/.test(request.url ?? '')) writeMetrics(request, response);
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('The metrics are at /metrics.\n');
  }).unref();
}
