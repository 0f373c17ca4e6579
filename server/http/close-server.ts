import type { FastifyInstance } from 'fastify';

/** How long requests that have begun may take when the server closes; the hard deadline of the process is later. */
const GRACE_MS = 5_000;

/**
 * Closes the server. Requests that have begun get 5 s to end; then their connections are closed. Node no longer times
 * out slow bodies once a server closes, so one client that sends slowly would hold the process to its hard deadline.
 */
export async function closeServer(app: FastifyInstance, graceMs = GRACE_MS): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), graceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}
