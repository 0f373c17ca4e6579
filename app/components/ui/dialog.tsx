import { useNavigate } from '@remix-run/react';
import { X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useRequestFailure } from '../../lib/use-navigation.ts';
import { Banner } from './banner.tsx';
import { LinkButton } from './button.tsx';

export interface DialogProps {
  title: ReactNode;
  /** The address without the dialog: where closing it leads. */
  closeTo: string;
  /** Right end of the foot: the primary button. "Cancel" is already there. */
  actions?: ReactNode;
  children: ReactNode;
}

/**
 * A dialog that has an address (`?new`): it is open while its page renders it. Without JavaScript it is part of the page,
 * and closing is a link. With JavaScript it is modal, Escape closes it, and the focus returns to its opener (lib/focus.ts). Closing
 * replaces the entry in the history, so that Back doesn't open the dialog again.
 * Its form has `replace`, for the same reason.
 * Put the `<form>` around `Dialog`'s children and name it by `form=` on the button in `actions`.
 */
export function Dialog({ title, closeTo, actions, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const navigate = useNavigate();
  const failure = useRequestFailure();

  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.matches(':modal')) return;
    dialog.close();
    dialog.showModal();
    // The platform would choose the first thing that takes the focus, which is "Close".
    dialog.querySelector<HTMLElement>('[data-body] :is(input:not([type=hidden]), textarea, select)')?.focus();
  }, []);

  return (
    <dialog
      ref={ref}
      open
      aria-labelledby={id}
      // Not `close`: that one comes from our own close() above as well.
      onCancel={(event) => {
        event.preventDefault();
        navigate(closeTo, { preventScrollReset: true, replace: true });
      }}
      className="dialog"
    >
      <header className="flex items-center justify-between gap-4 border-b border-line py-1.5 pr-2 pl-4">
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        <LinkButton to={closeTo} replace preventScrollReset variant="quiet" icon={X} aria-label="Close" />
      </header>
      <div data-body className="px-4 py-4">
        {children}
        {/* The banner of the page is behind the dialog, where nobody can read or press it. */}
        {failure && (
          <div className="mt-4">
            <Banner tone="major" live>
              {failure.message}
            </Banner>
          </div>
        )}
      </div>
      {actions && (
        <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">
          <LinkButton to={closeTo} replace preventScrollReset variant="quiet">
            Cancel
          </LinkButton>
          {actions}
        </footer>
      )}
    </dialog>
  );
}
