import type { PlaceholderStyle } from '@anvil/core/placeholder-signs';
import { useEffect, useState } from 'react';

/** Long enough not to parse at every key, short enough to feel immediate. */
const PAUSE_MS = 120;

/**
 * The names that become parameters of a text, found while a person types. The parser is fetched when it is first needed.
 *
 * @param initial what the server found in the text that the page came with
 * @returns undefined as long as nothing is known
 */
export function useFoundParameters(
  text: string,
  style: PlaceholderStyle,
  initial: string[] | undefined,
): string[] | undefined {
  const [found, setFound] = useState(initial);

  useEffect(() => {
    let left = false;
    const timer = setTimeout(() => {
      void import('@anvil/core/placeholders').then(({ toTemplate }) => {
        if (!left) setFound(toTemplate(text, style).parameters.map(({ name }) => name));
      });
    }, PAUSE_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [text, style]);

  return found;
}
