import { useCallback, useMemo, useRef, useState, type RefObject } from 'react';
import {
  readContentForm,
  writeContentForm,
  type ContentForm,
  type ParameterForm,
  type ShapeForm,
} from './content-form.ts';
import { addParameters, applyEdit, type WantedParameter } from './content-form/edits.ts';

/** The whole form as one text, for whoever keeps it: equal forms give equal texts. */
export function formText(form: ContentForm): string {
  return JSON.stringify(writeContentForm(form));
}

/** The text of what saving would keep: messages that a text prompt had as a chat don't count. */
export function savedText(form: ContentForm): string {
  return formText(form.kind === 'text' ? { ...form, messages: [] } : form);
}

/** @returns undefined for what `formText` never wrote */
export function formOfText(text: string): ContentForm | undefined {
  try {
    const data = new FormData();
    for (const [name, value] of JSON.parse(text) as [string, string][])
      data.append(String(name), String(value));
    return readContentForm(data);
  } catch {
    return undefined;
  }
}

export interface ContentFormState {
  /** What is rendered: its lists are what the page shows, its texts what the fields began with. */
  form: ContentForm;
  /** What the fields hold, as of the last look. */
  live: ContentForm;
  /** Looks at the fields again. */
  look: () => void;
  /** Does what a button of the form says. @returns whether it was an edit of the form */
  edit: (intent: string) => boolean;
  /** Adds parameters that the texts read. */
  add: (found: readonly WantedParameter[]) => void;
  /** Shows another form in the place of this one. */
  replace: (form: ContentForm) => void;
}

/**
 * The form while somebody edits it. Its fields are the browser's own: what is typed isn't rendered again, only lists
 * are. Messages and parameters have keys, so that React moves their editors with them.
 */
export function useContentForm(formRef: RefObject<HTMLFormElement>, initial: ContentForm): ContentFormState {
  const keys = useRef(0);
  const [form, setForm] = useState(() => withKeys(initial, makeFirstKeys()));
  const [live, setLive] = useState(form);

  const makeKey = useCallback(() => `new-${keys.current++}`, []);
  const show = useCallback((next: ContentForm) => {
    setForm(next);
    setLive(next);
  }, []);
  const typed = useCallback((): ContentForm => {
    const element = formRef.current;
    return element ? withKeysOf(readContentForm(new FormData(element)), form) : form;
  }, [formRef, form]);

  return useMemo(
    () => ({
      form,
      live,
      look: () => setLive(typed()),
      edit: (intent) => {
        const edited = applyEdit(typed(), intent);
        if (edited) show(withKeys(edited, makeKey));
        return edited !== undefined;
      },
      add: (found) => show(withKeys(addParameters(typed(), found), makeKey)),
      replace: (next) => show(withKeys(next, makeKey)),
    }),
    [form, live, makeKey, show, typed],
  );
}

/** The same on the server and in the browser. */
function makeFirstKeys(): () => string {
  let count = 0;
  return () => `${count++}`;
}

/** Gives a key to whatever has none. */
function withKeys(form: ContentForm, makeKey: () => string): ContentForm {
  const parameters = (list: ParameterForm[]): ParameterForm[] =>
    list.map((one) => ({ ...shape(one), key: one.key ?? makeKey() }));
  const shape = <Shape extends ShapeForm>(one: Shape): Shape => ({
    ...one,
    fields: parameters(one.fields),
    ...(one.items ? { items: shape(one.items) } : {}),
  });
  return {
    ...form,
    messages: form.messages.map((one) => ({ ...one, key: one.key ?? makeKey() })),
    parameters: parameters(form.parameters),
  };
}

/** What was read from fields with the keys of what they were rendered from, place by place. */
function withKeysOf(form: ContentForm, from: ContentForm): ContentForm {
  const parameters = (list: ParameterForm[], keyed: ParameterForm[] | undefined): ParameterForm[] =>
    list.map((one, index) => ({ ...shape(one, keyed?.[index]), key: keyed?.[index]?.key }));
  const shape = <Shape extends ShapeForm>(one: Shape, keyed: ShapeForm | undefined): Shape => ({
    ...one,
    fields: parameters(one.fields, keyed?.fields),
    ...(one.items ? { items: shape(one.items, keyed?.items) } : {}),
  });
  return {
    ...form,
    messages: form.messages.map((one, index) => ({ ...one, key: from.messages[index]?.key })),
    parameters: parameters(form.parameters, from.parameters),
  };
}
