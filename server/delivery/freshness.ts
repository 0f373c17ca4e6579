/**
 * Decides when a cache entry may be answered without asking the database.
 *
 * While the listener is connected, an entry that was read since it connected is current: an event marks what changes.
 * While it isn't, an entry is read again once it is older than a second, so a change is seen within seconds.
 */
export interface Freshness {
  readonly isConnected: boolean;
  /** Starts a validity for what is about to be read. Call it before the read. */
  startRead(): Validity;
  isFresh(validity: Validity): boolean;
  /**
   * Returns the last moment at which the database is known to have agreed with the entry, in milliseconds since 1970: while
   * the listener was connected, its last heartbeat; else the time of the read.
   */
  confirmedAt(validity: Validity): number;
  /** The listener's first heartbeat of a connection has come back. @param sentAt milliseconds since 1970 */
  handleConnect(sentAt: number): void;
  handleHeartbeat(sentAt: number): void;
  handleDisconnect(): void;
  /** Makes every entry stale: the outcome of a commit is unknown. */
  invalidateAll(): void;
}

/** Belongs to one cache entry. An event, an eviction or a newer read ends it, and with it all that was derived from it. */
export interface Validity {
  isCurrent: boolean;
  /** Milliseconds since 1970, taken before the read. */
  readonly verifiedAt: number;
  /** A new generation starts with each connection of the listener. Entries of older generations may have missed events. */
  readonly generation: number;
}

/** How long an entry counts as current while the listener is disconnected, in milliseconds. */
const STALE_AFTER_MS = 1_000;
/** Generations whose last heartbeat is remembered; entries of older ones fall back to the time of their read. */
const GENERATIONS_MAX = 100;

export function createFreshness(now: () => number): Freshness {
  let isConnected = false;
  let generation = 0;
  /** Last heartbeat by generation. */
  const heartbeats = new Map<number, number>();

  function startGeneration(heartbeatAt: number | undefined): void {
    generation += 1;
    if (heartbeatAt !== undefined) heartbeats.set(generation, heartbeatAt);
    heartbeats.delete(generation - GENERATIONS_MAX);
  }

  return {
    get isConnected() {
      return isConnected;
    },
    startRead: () => ({ isCurrent: true, verifiedAt: now(), generation }),
    isFresh: (validity) => {
      if (!validity.isCurrent || validity.generation !== generation) return false;
      // The clock may have been set back meanwhile: an age below zero says nothing.
      return isConnected || Math.abs(now() - validity.verifiedAt) < STALE_AFTER_MS;
    },
    confirmedAt: ({ isCurrent, verifiedAt, generation: own }) =>
      isCurrent ? Math.max(verifiedAt, heartbeats.get(own) ?? 0) : verifiedAt,
    handleConnect: (sentAt) => {
      isConnected = true;
      startGeneration(sentAt);
    },
    handleHeartbeat: (sentAt) => {
      heartbeats.set(generation, sentAt);
    },
    handleDisconnect: () => {
      isConnected = false;
    },
    invalidateAll: () => startGeneration(heartbeats.get(generation)),
  };
}

/**
 * Returns how long the listener has been disconnected, in seconds, and 0 while it is connected. The count starts with the
 * call of `secondsDisconnected` itself.
 */
export function secondsDisconnected(
  freshness: Pick<Freshness, 'isConnected'>,
  now: () => number,
): () => number {
  let connectedAt = now();
  return () => {
    if (freshness.isConnected) connectedAt = now();
    return (now() - connectedAt) / 1_000;
  };
}
