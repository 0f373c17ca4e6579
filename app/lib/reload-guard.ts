import { reportFailure } from './page-requests.ts';

/** The parts of the Navigation API that are used here; TypeScript doesn’t have them yet. */
interface NavigateEvent extends Event {
  readonly navigationType: 'push' | 'replace' | 'reload' | 'traverse';
  readonly userInitiated: boolean;
}

/**
 * Remix reloads the page when the script of the next page can't be fetched: it assumes that a new release removed the
 * file. The reload discards everything typed, and without a connection it ends in the browser's error page. So the
 * person is told instead, and "Try again" opens the next page. Browsers without the Navigation API reload as before.
 */
export function reportInsteadOfReload(browser: Window & { navigation?: EventTarget }): void {
  browser.navigation?.addEventListener('navigate', (event) => {
    const { navigationType, userInitiated, cancelable } = event as NavigateEvent;
    if (navigationType !== 'reload' || userInitiated || !cancelable) return;
    event.preventDefault();
    reportFailure({ message: 'The next page couldn’t be loaded. Try again.', needsDocument: true });
  });
}

/** Whether the server answers. */
export async function isServerReachable(): Promise<boolean> {
  try {
    return (await fetch('/live', { cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}
