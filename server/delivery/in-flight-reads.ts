/**
 * Relates events to the reads that are under way. A value that was read while an event about it arrived may be older than the
 * event, so it must not be kept as current.
 */
export interface InFlightReads {
  /** Grows with each event. A lookup joins a shared read only if no event has arrived since that read began. */
  readonly epoch: number;
  begin(): InFlightRead;
  /** An event about the thing with this id has arrived. */
  note(id: string): void;
}

/** Ask `hasHeardOf` and store the value in one synchronous step, then `end` the read: between two steps an event may arrive. */
export interface InFlightRead {
  hasHeardOf(id: string): boolean;
  end(): void;
}

export function createInFlightReads(): InFlightReads {
  const open = new Set<Set<string>>();
  let epoch = 0;
  return {
    get epoch() {
      return epoch;
    },
    begin() {
      const ids = new Set<string>();
      open.add(ids);
      return { hasHeardOf: (id) => ids.has(id), end: () => open.delete(ids) };
    },
    note(id) {
      epoch += 1;
      for (const ids of open) ids.add(id);
    },
  };
}
