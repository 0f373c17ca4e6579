import { useEffect, type RefObject } from 'react';

/** Submits a form by Ctrl+S or ⌘S, as its button `data-save` does, unless somebody else took the key. */
export function useSaveByKey(formRef: RefObject<HTMLFormElement>): void {
  useEffect(() => {
    const save = (event: KeyboardEvent): void => {
      const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
      if (event.defaultPrevented || key.toLowerCase() !== 's') return;
      if (!(ctrlKey || metaKey) || altKey || shiftKey) return;
      event.preventDefault();
      formRef.current?.requestSubmit(formRef.current.querySelector<HTMLButtonElement>('button[data-save]'));
    };
    window.addEventListener('keydown', save);
    return () => window.removeEventListener('keydown', save);
  }, [formRef]);
}
