import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work may hold the event loop at a stretch. */
const SLICE_MS = 10;

/**
 * Returns a function to await between steps of long work. It lets other requests run if the work has held the event loop
 * for more than 10 ms since they last ran; otherwise it costs next to nothing.
 */
export function createTimeSlices(now = () => performance.now()): () => Promise<void> | undefined {
  let since = now();
  return () => {
    if (now() - since < SLICE_MS) return undefined;
    return nextTurn().then(() => {
      since = now();
    });
  };
}
