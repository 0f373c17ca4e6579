/**
 * Puts text on the clipboard. Pages on plain http other than localhost have no clipboard interface; there the old
 * command does it, through a text area that is seen for no frame.
 *
 * @returns whether it is there
 */
export async function copyText(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Permission refused: the other way may still work.
    }
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'sr-only';
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  // The only way on an insecure origin, and no browser has announced to drop it.
  const done = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}
