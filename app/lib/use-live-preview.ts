import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import type { Preview } from './preview.server.ts';

/** After this long without a key the text is previewed. */
const PAUSE_MS = 350;

export interface LivePreview {
  preview: Preview;
  /** Asks for a new one after a pause; a later call takes the place of an earlier one. */
  ask: (pauseMs?: number) => void;
}

/**
 * The preview of a form while somebody types. It only reads, so it goes past Remix' actions, which would load the whole
 * page again. What can't be fetched leaves the last preview standing.
 *
 * @param initial the preview that came with the page; another one replaces what is shown
 */
export function useLivePreview(
  formRef: RefObject<HTMLFormElement>,
  url: string,
  initial: Preview,
): LivePreview {
  const [shown, setShown] = useState({ initial, preview: initial });
  if (shown.initial !== initial) setShown({ initial, preview: initial });
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const running = useRef<AbortController>();

  const ask = useCallback(
    (pauseMs = PAUSE_MS) => {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        const form = formRef.current;
        if (!form) return;
        running.current?.abort();
        running.current = new AbortController();
        void fetchPreview(url, new FormData(form), running.current.signal).then((preview) => {
          if (preview) setShown((before) => ({ ...before, preview }));
        });
      }, pauseMs);
    },
    [formRef, url],
  );

  useEffect(
    () => () => {
      clearTimeout(timer.current);
      running.current?.abort();
    },
    [],
  );
  return { preview: shown.preview, ask };
}

async function fetchPreview(url: string, body: FormData, signal: AbortSignal): Promise<Preview | undefined> {
  try {
    const answer = await fetch(url, { method: 'POST', body, signal });
    return answer.ok ? ((await answer.json()) as Preview) : undefined;
  } catch {
    return undefined;
  }
}
