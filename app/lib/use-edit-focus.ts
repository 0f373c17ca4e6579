import { useEffect, useRef, type RefObject } from 'react';
import { focusElement } from './focus.ts';

/** Moves the focus after a button of the editor has added, moved or removed something. */
type Target = (form: HTMLFormElement) => HTMLElement | null | undefined;

const ROLES = 'select[name^="messages["]';
const CONTENTS = ':is(textarea, input)[name^="messages["][name$="[content]"]:not([hidden], [type="hidden"])';
const PARAMETERS = 'li > details > summary';

/**
 * Moves the focus to what a button of the editor has changed, after the page shows it.
 *
 * @returns call it with the intent of the button (content-form/edits.ts), before the form changes
 */
export function useEditFocus(formRef: RefObject<HTMLFormElement>): (intent: string) => void {
  const target = useRef<Target>();
  useEffect(() => {
    const form = formRef.current;
    const element = form && target.current?.(form);
    target.current = undefined;
    if (element) focusElement(element);
  });
  return (intent) => {
    const form = formRef.current;
    if (form) target.current = targetOf(intent, form);
  };
}

function targetOf(intent: string, form: HTMLFormElement): Target | undefined {
  const [verb = '', name = ''] = intent.split(/:(.*)/s);
  const count = form.querySelectorAll(PARAMETERS).length;
  // What is added comes last.
  if (verb === 'found') return (after) => after.querySelectorAll<HTMLElement>(PARAMETERS)[count];
  if (verb === 'add' && (name === 'messages' || name === 'placeholder')) return last(CONTENTS);
  if (verb === 'add') return last(`[name^="${name}["][name$="[name]"]`);
  if (verb === 'kind')
    return (after) => after.querySelector<HTMLElement>(name === 'chat' ? CONTENTS : '[name="template"]');
  if (verb === 'remove' && name.startsWith('messages')) {
    const index = Number(/\d+/.exec(name)?.[0]);
    return (after) => {
      const left = after.querySelectorAll<HTMLElement>(ROLES);
      return (
        left[Math.min(index, left.length - 1)] ?? after.querySelector<HTMLElement>('[value="add:messages"]')
      );
    };
  }
  return undefined;
}

function last(selector: string): Target {
  return (form) => [...form.querySelectorAll<HTMLElement>(selector)].at(-1);
}
