import type { FoundVariable } from '@anvil/core/template/variables';
import { useEffect, useState } from 'react';

/** Long enough not to parse at every key, short enough to feel at once. */
const PAUSE_MS = 120;

/**
 * The names that a template reads, found while somebody types. The parser is fetched when it is first needed: the page
 * stands without it.
 *
 * @param initial what the server found in the text that the page came with
 * @returns undefined as long as nothing is known
 */
export function useFoundParameters(
  template: string,
  initial: FoundVariable[] | undefined,
): FoundVariable[] | undefined {
  const [found, setFound] = useState(initial);

  useEffect(() => {
    let left = false;
    const timer = setTimeout(() => {
      void import('@anvil/core/template/variables').then(({ findVariables }) => {
        if (!left) setFound(findVariables(template));
      });
    }, PAUSE_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [template]);

  return found;
}
