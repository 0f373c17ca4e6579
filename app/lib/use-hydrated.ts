import { startTransition, useEffect, useState } from 'react';

/** Whether the first page is hydrated: what is opened later needs no render as the server would have done it. */
let pageHydrated = false;

/**
 * False on the server and in the first render of the browser, then true: for what the server can't know. The change is
 * a transition: what somebody types meanwhile goes first.
 */
export function useHydrated(): boolean {
  const [hydrated, setHydrated] = useState(pageHydrated);
  useEffect(() => {
    pageHydrated = true;
    startTransition(() => setHydrated(true));
  }, []);
  return hydrated;
}
