import type { RequestListener, Server } from 'node:http';
import { createLimitedServer } from './limits.ts';

/**
 * The HTTP server of the process. It listens before the application exists, so that a taken port is found before the
 * database is created, and so that probes are answered while the start waits for the database.
 */
export interface EarlyServer {
  server: Server;
  /** For Fastify's `serverFactory`: takes the listener that answers after the next `open()`. */
  attach: (listener: RequestListener) => Server;
  /** Hands all further requests to the listener that was attached last. Its routes must be registered. */
  open(): void;
  /** Accepts no more connections. Resolves when the last response has been sent. */
  close(): Promise<void>;
}

export function createEarlyServer(): EarlyServer {
  let attached: RequestListener;
  let current: RequestListener;
  const server = createLimitedServer((request, response) => current(request, response));
  return {
    server,
    attach: (listener) => {
      attached = listener;
      return server;
    },
    open: () => {
      current = attached;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
