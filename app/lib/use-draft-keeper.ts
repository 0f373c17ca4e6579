import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import {
  findDraft,
  forgetDraft,
  keepDraft,
  sweepDrafts,
  type DraftPlace,
  type KeptDraft,
} from './draft-keeper.ts';
import { fillForm, typedFields } from './typed-fields.ts';

/** After this long without a key the text is kept. */
const PAUSE_MS = 400;

export interface DraftKeeper {
  /** Something was typed here before and never saved; undefined when there is nothing to offer. */
  offered: KeptDraft | undefined;
  /** Puts it into the form. */
  takeOffer: () => void;
  /** Forgets it. */
  declineOffer: () => void;
}

/**
 * Keeps the text fields of a form while somebody types and offers them back after a crash. Show `<DraftOffer>` with
 * what it returns. A text that was typed is kept at the latest when the page is left.
 *
 * @param isUnsaved when it becomes false, the text was saved and isn't kept any longer; left out where a save leaves
 *   the page
 *
 * Fields are matched by name. Setting a field fires `input`, so editors and controlled fields follow; a form whose
 * fields come and go (messages, parameters) should keep one hidden-by-style text area with all of it as JSON.
 */
export function useDraftKeeper(
  formRef: RefObject<HTMLFormElement>,
  { form, revision }: DraftPlace,
  isUnsaved?: boolean,
): DraftKeeper {
  const [offered, setOffered] = useState<KeptDraft>();
  const opened = useRef<DraftPlace>();
  const wasUnsaved = useRef(isUnsaved);

  useEffect(() => {
    const element = formRef.current;
    if (!element) return undefined;
    const place = { form, revision };
    // Signing out asks about this text.
    element.dataset.kept = '';
    let timer: ReturnType<typeof setTimeout> | undefined;
    const keep = (): void => {
      timer = undefined;
      keepDraft(localStorage, place, typedFields(element), new Date());
    };
    const keepSoon = (): void => {
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE_MS);
    };
    const keepNow = (): void => {
      if (timer === undefined) return;
      clearTimeout(timer);
      keep();
    };

    if (opened.current?.form === form && opened.current.revision !== revision) {
      // The form was saved. What was typed since belongs to the new revision.
      forgetDraft(localStorage, opened.current);
      if (wasUnsaved.current) keep();
    } else {
      sweepDrafts(localStorage, new Date(), place);
      setOffered(findDraft(localStorage, place, typedFields(element)));
    }
    opened.current = place;
    element.addEventListener('input', keepSoon);
    // Signing out is another form, which counts the kept texts: before that, this one is kept.
    document.addEventListener('submit', keepNow, { capture: true });
    window.addEventListener('pagehide', keepNow);
    return () => {
      keepNow();
      element.removeEventListener('input', keepSoon);
      document.removeEventListener('submit', keepNow, { capture: true });
      window.removeEventListener('pagehide', keepNow);
    };
  }, [formRef, form, revision]);

  useEffect(() => {
    if (wasUnsaved.current && isUnsaved === false) forgetDraft(localStorage, { form, revision });
    wasUnsaved.current = isUnsaved;
  }, [isUnsaved, form, revision]);

  const takeOffer = useCallback(() => {
    if (formRef.current && offered) fillForm(formRef.current, offered.fields);
    setOffered(undefined);
  }, [formRef, offered]);

  const declineOffer = useCallback(() => {
    forgetDraft(localStorage, { form, revision });
    setOffered(undefined);
  }, [form, revision]);

  return { offered, takeOffer, declineOffer };
}
