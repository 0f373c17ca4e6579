/**
 * Finds text that a person typed and that leaving the page would lose. A form says so itself by `data-unsaved`, as the
 * prompt editor does. In every other form that is posted, any text field counts.
 */

/** The text fields that received input. React keeps `defaultValue` of controlled fields equal to their value. */
const typedInto = new WeakSet<EventTarget>();
/** The form whose `submit` event is being dispatched: its text is on the way to the server. */
let submitted: EventTarget | null = null;

/** Notes what is typed and submitted on the page. @returns a function that ends it */
export function watchTyping(): () => void {
  const noteInput = ({ target }: Event): void => {
    if (target) typedInto.add(target);
  };
  const noteSubmit = ({ target }: Event): void => {
    submitted = target;
    setTimeout(() => (submitted = null));
  };
  document.addEventListener('input', noteInput);
  document.addEventListener('submit', noteSubmit, true);
  return () => {
    document.removeEventListener('input', noteInput);
    document.removeEventListener('submit', noteSubmit, true);
  };
}

/** The form whose text isn't saved, or undefined. */
export function findUnsavedForm(): HTMLFormElement | undefined {
  return [...document.forms].find((form) => form !== submitted && form.method === 'post' && isUnsaved(form));
}

function isUnsaved(form: HTMLFormElement): boolean {
  const { unsaved } = form.dataset;
  if (unsaved !== undefined) return unsaved === 'true';
  return [...form.elements].some(
    (element) =>
      (element instanceof HTMLTextAreaElement ||
        (element instanceof HTMLInputElement && /^(text|email|search|url)$/.test(element.type))) &&
      element.name !== '' &&
      element.value !== '' &&
      (typedInto.has(element) || element.value !== element.defaultValue),
  );
}

interface Place {
  pathname: string;
  search: string;
}

/** Whether going from one place to the other removes the form from the page. A dialog belongs to its query. */
export function isLeft(form: HTMLFormElement, from: Place, to: Place): boolean {
  // The theme switch returns to the page.
  if (to.pathname === '/theme') return false;
  // Signing out asks about kept text itself.
  if (to.pathname === '/sign-out' && form.dataset.kept !== undefined) return false;
  if (from.pathname !== to.pathname) return true;
  return from.search !== to.search && form.closest('dialog') !== null;
}

/** Whether the unsaved form has a button that saves it and opens another page. */
export function canSaveOnTheWay(): boolean {
  return saveButton() !== null;
}

/** Saves the unsaved form and opens a path: its button `data-save-then` is pressed, with the path after that value. */
export function saveAndOpen(path: string): void {
  const button = saveButton();
  if (!button) return;
  button.value = `${button.dataset.saveThen ?? ''}${path}`;
  button.form?.requestSubmit(button);
}

function saveButton(): HTMLButtonElement | null {
  return findUnsavedForm()?.querySelector<HTMLButtonElement>('button[data-save-then]') ?? null;
}
