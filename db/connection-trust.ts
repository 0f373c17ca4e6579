import { TIMEOUTS } from './timeouts.ts';

/** The check that a connection needs before its next use. */
export type Trust = 'use' | 'check' | 'discard';

/** Decides for a pool which of its connections are checked before use, and which aren't used again. */
export class ConnectionTrust {
  /** Connections that answered last before this moment are checked. */
  private checkedBefore = -Infinity;
  /** Connections that answered last before this moment are discarded. */
  private discardedBefore = -Infinity;

  /** @param answeredAt when the connection answered last, by `performance.now()` */
  of(answeredAt: number): Trust {
    if (answeredAt < this.discardedBefore) return 'discard';
    const isIdle = performance.now() - answeredAt >= TIMEOUTS.idleBeforeCheck;
    return isIdle || answeredAt < this.checkedBefore ? 'check' : 'use';
  }

  /** Something may have taken connections: each is checked once before it is used again. */
  distrust(): void {
    this.checkedBefore = performance.now();
  }

  /**
   * A connection failed its check. Those that haven't answered since share its fate: checking them one after the other
   * would take seconds.
   */
  discard(answeredAt: number): void {
    this.discardedBefore = Math.max(this.discardedBefore, answeredAt + 1);
  }
}
