import { useBeforeUnload, useBlocker } from '@remix-run/react';
import { useCallback, useEffect } from 'react';
import { canSaveOnTheWay, findUnsavedForm, isLeft, saveAndOpen, watchTyping } from '../lib/unsaved-text.ts';
import { Button } from './ui/button.tsx';
import { ConfirmDialog } from './ui/confirm-dialog.tsx';

/**
 * Asks before unsaved text is left: by a link, by Back, by closing a dialog or the tab. Once in the frame, for the forms of
 * all its pages. A form with a hidden button `data-save-then` can be saved on the way.
 */
export function LeaveGuard() {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => {
    const form = findUnsavedForm();
    return form !== undefined && isLeft(form, currentLocation, nextLocation);
  });
  useEffect(() => watchTyping(), []);
  useBeforeUnload(
    useCallback((event) => {
      if (findUnsavedForm()) event.preventDefault();
    }, []),
  );

  if (blocker.state !== 'blocked') return null;
  const save = (): void => {
    const { pathname, search, hash } = blocker.location;
    blocker.reset();
    saveAndOpen(pathname + search + hash);
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
      {canSaveOnTheWay() && (
        <Button type="button" variant="primary" onClick={save}>
          Save and leave
        </Button>
      )}
    </ConfirmDialog>
  );
}
