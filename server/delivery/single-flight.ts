/** Runs a piece of work once for all who ask for the same key while it is under way. */
export type SingleFlight = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** Failures are shared like results, and forgotten with them. */
export function createSingleFlight(): SingleFlight {
  const running = new Map<string, Promise<unknown>>();
  return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const known = running.get(key) as Promise<T> | undefined;
    if (known) return known;
    const started = work().finally(() => running.delete(key));
    running.set(key, started);
    return started;
  };
}
