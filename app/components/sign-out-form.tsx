import { Form } from '@remix-run/react';
import { useRef, useState, type FormEvent, type ReactNode } from 'react';
import { counted } from '../lib/change-words.ts';
import { countDrafts, forgetAllDrafts } from '../lib/draft-keeper.ts';
import { Button } from './ui/button.tsx';
import { ConfirmDialog } from './ui/confirm-dialog.tsx';

/**
 * The form that signs out. Text that was typed and never saved is kept in this browser. The next person at it must not
 * find that text, so signing out discards it, after asking.
 */
export function SignOutForm({ action, children }: { action: string; children: ReactNode }) {
  const formRef = useRef<HTMLFormElement>(null);
  const [count, setCount] = useState(0);

  const ask = (event: FormEvent): void => {
    const found = countDrafts(localStorage);
    if (found === 0) return;
    event.preventDefault();
    setCount(found);
  };
  const discard = (): void => {
    forgetAllDrafts(localStorage);
    setCount(0);
    formRef.current?.requestSubmit();
  };
  return (
    <>
      <Form ref={formRef} method="post" action={action} onSubmit={ask}>
        {children}
      </Form>
      {count > 0 && (
        <ConfirmDialog
          title="Discard unsaved text and sign out?"
          note={<>This browser keeps unsaved text of {counted(count, 'form')}.</>}
          onCancel={() => setCount(0)}
        >
          <Button type="button" variant="danger" onClick={discard}>
            Discard and sign out
          </Button>
        </ConfirmDialog>
      )}
    </>
  );
}
