import { useEffect, useId, useRef, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { Button } from './button.tsx';

export interface ConfirmDialogProps {
  /** A question. */
  title: string;
  note: ReactNode;
  /** By the button "Cancel" or Escape. */
  onCancel: () => void;
  /** The buttons after "Cancel". */
  children: ReactNode;
}

/** A modal question without an address of its own. Rendered while it is asked; the focus then returns to where it was. */
export function ConfirmDialog({ title, note, onCancel, children }: ConfirmDialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();

  useEffect(() => {
    const opener = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  // Outside of the menu or form that asks, whose styles and submit buttons are not meant for it.
  return createPortal(
    <dialog
      ref={ref}
      aria-labelledby={id}
      className="dialog"
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      <div className="px-4 py-4">
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        <p className="mt-2 text-mute">{note}</p>
      </div>
      <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">
        <Button type="button" variant="quiet" onClick={onCancel}>
          Cancel
        </Button>
        {children}
      </footer>
    </dialog>,
    document.body,
  );
}
