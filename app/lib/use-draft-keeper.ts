import { useCallback, useEffect, useState, type RefObject } from 'react';
import {
  findDraft,
  forgetDraft,
  keepDraft,
  sweepDrafts,
  type DraftFields,
  type DraftPlace,
  type KeptDraft,
} from './draft-keeper.ts';

/** After this long without a key the text is kept. */
const PAUSE_MS = 400;

/** What a person typed: no secrets, no hidden fields, no files, no buttons. */
function typedFields(form: HTMLFormElement): DraftFields {
  const fields: DraftFields = {};
  for (const element of form.elements) {
    const isText = element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
    const isInput =
      element instanceof HTMLInputElement &&
      !/^(password|hidden|file|checkbox|radio|submit|button)$/.test(element.type);
    if ((isText || isInput) && element.name) fields[element.name] = element.value;
  }
  return fields;
}

/** Sets fields by name; each that changes fires `input`, so that editors and controlled fields follow. */
function fillForm(form: HTMLFormElement, fields: DraftFields): void {
  for (const element of form.elements) {
    const isField =
      element instanceof HTMLTextAreaElement ||
      element instanceof HTMLSelectElement ||
      element instanceof HTMLInputElement;
    const text = isField ? fields[element.name] : undefined;
    if (!isField || text === undefined || element.value === text) continue;
    element.value = text;
    element.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

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
 * what it returns. Saving needs no call: the form's next revision has a place of its own.
 *
 * Fields are matched by name. Setting a field fires `input`, so editors and controlled fields follow; a form whose
 * fields come and go (messages, parameters) should keep one hidden-by-style text area with all of it as JSON.
 */
export function useDraftKeeper(
  formRef: RefObject<HTMLFormElement>,
  { form, revision }: DraftPlace,
): DraftKeeper {
  const [offered, setOffered] = useState<KeptDraft>();

  useEffect(() => {
    const element = formRef.current;
    if (!element) return undefined;
    sweepDrafts(localStorage, new Date());
    setOffered(findDraft(localStorage, { form, revision }, typedFields(element)));

    let timer: ReturnType<typeof setTimeout> | undefined;
    const keep = (): void => {
      clearTimeout(timer);
      timer = setTimeout(
        () => keepDraft(localStorage, { form, revision }, typedFields(element), new Date()),
        PAUSE_MS,
      );
    };
    element.addEventListener('input', keep);
    return () => {
      clearTimeout(timer);
      element.removeEventListener('input', keep);
    };
  }, [formRef, form, revision]);

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
