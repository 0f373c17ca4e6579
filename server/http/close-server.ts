import type { Server } from 'node:http';

/** How long requests that have begun may take when the server closes; the hard deadline of the process is later. */
const GRACE_MS = 5_000;

/**
 * Closes the server by `close`. Requests that have begun get 5 s to end; then their connections are closed. Node no longer times
 * out slow bodies once a server closes, so one client that sends slowly would hold the process to its hard deadline.
 */
export async function closeServer(
  server: Pick<Server, 'closeAllConnections'>,
  close: () => Promise<unknown>,
  graceMs = GRACE_MS,
): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    await close();
  } finally {
    clearTimeout(timer);
  }
}
