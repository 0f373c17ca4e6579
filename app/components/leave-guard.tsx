import { useBeforeUnload, useBlocker } from '@remix-run/react';
import { useCallback } from 'react';
import { Button } from './ui/button.tsx';
import { ConfirmDialog } from './ui/confirm-dialog.tsx';

/** Forms of the top bar that come back to the page, or ask by themselves. */
const ASKED_ELSEWHERE = new Set(['/theme', '/sign-out']);

export interface LeaveGuardProps {
  isUnsaved: () => boolean;
  /** Saves the form and then opens this path. Left out where nothing can be saved halfway. */
  saveAndOpen?: (path: string) => void;
}

/** Asks before a page with unsaved text is left: by a link, by Back, by closing the tab. One per page. */
export function LeaveGuard({ isUnsaved, saveAndOpen }: LeaveGuardProps) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      currentLocation.pathname !== nextLocation.pathname &&
      !ASKED_ELSEWHERE.has(nextLocation.pathname) &&
      isUnsaved(),
  );
  useBeforeUnload(
    useCallback(
      (event) => {
        if (isUnsaved()) event.preventDefault();
      },
      [isUnsaved],
    ),
  );

  if (blocker.state !== 'blocked') return null;
  const save = (): void => {
    const { pathname, search, hash } = blocker.location;
    blocker.reset();
    saveAndOpen?.(pathname + search + hash);
  };
  return (
    <ConfirmDialog
      title="Leave without saving?"
      note="Your changes on this page aren’t saved."
      onCancel={() => blocker.reset()}
    >
      <Button type="button" variant="danger" onClick={() => blocker.proceed()}>
        Leave without saving
      </Button>
      {saveAndOpen && (
        <Button type="button" variant="primary" onClick={save}>
          Save and leave
        </Button>
      )}
    </ConfirmDialog>
  );
}
