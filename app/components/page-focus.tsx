import { useLocation, useRouteLoaderData } from '@remix-run/react';
import { useEffect, useRef } from 'react';
import { announce, useCurrentAnnouncement } from '../lib/announcements.ts';
import { focusElement, focusHeading, isFocusLost, keepFocusInPlace, restoreFocus } from '../lib/focus.ts';
import type { Notice } from '../lib/notice.server.ts';

/**
 * Does for client navigation what a page load does: moves the focus, and says what happened. Also holds the page's one
 * live region. Rendered last in the document, so that its effects run after those of the page.
 */
export function PageFocus() {
  const { pathname, hash, key } = useLocation();
  const notice = useRouteLoaderData<{ notice?: Notice | null }>('root')?.notice ?? null;
  const { number, sentence } = useCurrentAnnouncement();
  const shown = useRef({ key, pathname, notice: null as Notice | null });

  useEffect(() => keepFocusInPlace(), []);

  useEffect(() => {
    const before = shown.current;
    const isNewNotice = notice !== null && notice !== before.notice;
    const isNewPage = pathname !== before.pathname;
    if (key === before.key && !isNewNotice) return;
    shown.current = { key, pathname, notice };
    if (isNewNotice) announce(notice.sentence);
    else if (isNewPage) announce('');
    const changed = isNewNotice && notice.focus ? document.getElementById(notice.focus) : null;
    const target = changed ?? (hash ? document.getElementById(hash.slice(1)) : null);
    if (target) focusElement(target);
    else if (isNewPage) {
      if (!isOnField()) focusHeading();
    } else {
      restoreFocus();
      if (isFocusLost()) focusHeading();
    }
  }, [key, pathname, hash, notice]);

  return (
    <div role="status" className="sr-only">
      <span key={number}>{sentence || (number === 0 ? notice?.sentence : null)}</span>
    </div>
  );
}

/** Whether the new page has put the focus into its first field. */
function isOnField(): boolean {
  return (
    document.activeElement?.matches('main :is(input, select, textarea, [contenteditable="true"])') === true
  );
}
