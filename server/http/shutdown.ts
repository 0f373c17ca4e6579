import type { Logger } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lifecycle } from './lifecycle.ts';

/** What is left after the drain has this long; then the process goes anyway. */
const HARD_DEADLINE_MS = 10_000;

export interface ShutdownInput {
  lifecycle: Lifecycle;
  /** How long to serve on after saying "not ready", so that balancers notice. */
  drainSeconds: number;
  /** Closed one after the other: first the server, last the database. */
  closers: readonly (() => Promise<unknown>)[];
  log: Logger;
  exit: (code: number) => void;
}

/**
 * @returns the function that ends the process in order: not ready → serve on, telling clients to leave → close →
 *   exit 0. Called a second time it does not wait any longer.
 */
export function createShutdown(input: ShutdownInput): (reason: string) => Promise<void> {
  const { lifecycle, drainSeconds, closers, log, exit } = input;
  const hurry = new AbortController();
  return async (reason) => {
    if (lifecycle.phase === 'draining') return hurry.abort();
    // Before the server is ready, no balancer sends traffic.
    if (lifecycle.phase === 'starting') hurry.abort();
    lifecycle.phase = 'draining';
    log.info({ reason, drainSeconds }, 'shutting down');
    await sleep(drainSeconds * 1_000, undefined, { signal: hurry.signal }).catch(() => undefined);
    const deadline = setTimeout(() => {
      log.error(`not closed within ${HARD_DEADLINE_MS / 1_000} s; ending anyway`);
      exit(1);
    }, HARD_DEADLINE_MS);
    let code = 0;
    for (const close of closers) {
      await close().catch((error: unknown) => {
        code = 1;
        log.error({ err: error }, 'closing failed');
      });
    }
    clearTimeout(deadline);
    log.info('closed');
    exit(code);
  };
}
