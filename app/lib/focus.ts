/** Moves the focus to any element, also to one that Tab doesn't reach, such as a heading. */
export function focusElement(element: HTMLElement, options?: FocusOptions): void {
  if (
    !element.matches(
      'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable="true"]',
    )
  )
    element.tabIndex = -1;
  element.focus(options);
}

/** Moves the focus to the page's heading, as a page load starts at the top. */
export function focusHeading(): void {
  const heading = document.querySelector<HTMLElement>('h1') ?? document.querySelector<HTMLElement>('main');
  // Scrolling is left to Remix, which restores the position of a page that was left.
  if (heading) focusElement(heading, { preventScroll: true });
}

/** Whether no element has the focus. */
export function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** Moves the focus to the first field with an error, or else to the message about the whole form. */
export function focusFirstError(message: HTMLElement | null): void {
  const page = document.querySelector('dialog[open]') ?? document.querySelector('main');
  const field = page?.querySelector<HTMLElement>(
    ':is(input, select, textarea, [contenteditable="true"])[aria-invalid="true"], fieldset[data-invalid] input',
  );
  const closed = field?.closest('details');
  if (closed) closed.open = true;
  const target = field ?? message;
  if (target) focusElement(target);
}

/** The focused element and its ancestors, from inside to outside. Empty after a click beside everything. */
let trail: HTMLElement[] = [];
/** The element that had the focus last outside of dialogs: the opener of a dialog. */
let opener: HTMLElement | undefined;

function remember(event: FocusEvent): void {
  trail = [];
  for (let one = event.target; one instanceof HTMLElement; one = one.parentElement) trail.push(one);
  if (trail[0] && !trail.some(isDialog)) opener = trail[0];
}

function forget({ target }: FocusEvent): void {
  // An element that is still in the page lost the focus by a click elsewhere.
  queueMicrotask(() => {
    if (target === trail[0] && target instanceof HTMLElement && target.isConnected && isFocusLost())
      trail = [];
  });
}

function isDialog(element: HTMLElement): boolean {
  return element.localName === 'dialog';
}

/**
 * Moves the focus near its last place after the page has removed the focused element, such as a button that has done
 * its work. After a dialog it returns to the opener. Does nothing when another element has the focus already.
 */
export function restoreFocus(): void {
  if (!isFocusLost() || trail.length === 0 || trail[0]?.isConnected) return;
  const isDialogGone = trail.some((one) => isDialog(one) && !one.isConnected);
  const place = trail.find((one) => one.isConnected && one.matches('section, form, fieldset, dialog, main'));
  trail = [];
  if (isDialogGone && opener?.isConnected) focusElement(opener);
  else if (place) focusElement(place.querySelector<HTMLElement>('h1, h2, h3') ?? place);
}

/**
 * Restores the focus whenever the page removes the focused element. Browsers would leave it on `body`, where Tab starts
 * again at the top.
 *
 * @returns stops it
 */
export function keepFocusInPlace(): () => void {
  const observer = new MutationObserver(restoreFocus);
  document.addEventListener('focusin', remember);
  document.addEventListener('focusout', forget);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener('focusin', remember);
    document.removeEventListener('focusout', forget);
    observer.disconnect();
  };
}
