/**
 * When something cached may be answered without asking the database.
 *
 * While the listener hears the database, whatever was read since it began to hear is current: a move drops it. When
 * it hears nothing, what is older than a second is read again, so that a move is seen within seconds all the same.
 */
export interface Freshness {
  /** Milliseconds of the clock at which the listener began to hear; `undefined` while it does not. */
  liveSince: number | undefined;
  /**
   * Counts the events heard. What was read while one came in may be older than it: it is answered once, but not kept.
   */
  epoch: number;
}

/** How long something counts as current while the listener hears nothing, in milliseconds. */
const BLIND_MAX_AGE_MS = 1_000;

export function createFreshness(): Freshness {
  return { liveSince: undefined, epoch: 0 };
}

/** @param verifiedAt when it was read from the database, in milliseconds of the same clock */
export function isFresh({ liveSince }: Freshness, verifiedAt: number, now: number): boolean {
  return liveSince === undefined ? now - verifiedAt < BLIND_MAX_AGE_MS : verifiedAt >= liveSince;
}

/**
 * @param now milliseconds of the clock that `liveSince` is told by
 * @returns how long the listener has not heard the database, in seconds, as often as it is asked; 0 while it does
 */
export function silenceOf(freshness: Freshness, now: () => number): () => number {
  let lastHeardAt = now();
  return () => {
    if (freshness.liveSince !== undefined) lastHeardAt = now();
    return (now() - lastHeardAt) / 1_000;
  };
}
