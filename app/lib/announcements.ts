import { useEffect, useRef, useSyncExternalStore } from 'react';

/** A sentence for the page's live region. The number differs even when the same sentence is announced twice. */
export interface Announcement {
  number: number;
  sentence: string;
}

const NOTHING: Announcement = { number: 0, sentence: '' };
const listeners = new Set<() => void>();
let current = NOTHING;

/** Says the result of an action to screen readers. Pages have one live region, so a new sentence replaces the old one. */
export function announce(sentence: string): void {
  current = { number: current.number + 1, sentence };
  for (const listener of listeners) listener();
}

/**
 * Announces a sentence whenever it changes, but not the one that the page comes with. Keep clocks and counters out of it.
 *
 * @param sentence empty when there is nothing to say
 */
export function useAnnouncement(sentence: string): void {
  const last = useRef(sentence);
  useEffect(() => {
    if (last.current === sentence) return;
    last.current = sentence;
    if (sentence) announce(sentence);
  }, [sentence]);
}

/** Returns the sentence to show in the live region. */
export function useCurrentAnnouncement(): Announcement {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
    () => NOTHING,
  );
}
