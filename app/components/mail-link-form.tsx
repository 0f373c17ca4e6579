import { Form } from '@remix-run/react';
import type { ReactNode } from 'react';
import type { FormErrors } from '../lib/errors.ts';
import { DoorAside } from './door-aside.tsx';
import { DoorFrame } from './door-frame.tsx';
import { EmailField } from './email-field.tsx';
import { FormError } from './form-error.tsx';
import { Button } from './ui/button.tsx';

export interface MailLinkFormProps {
  title: string;
  /** What the link does, and for how long. */
  note: string;
  email: string | undefined;
  errors: FormErrors | undefined;
  busy: boolean;
  /** The other way in. */
  children: ReactNode;
}

/** Asks for the address that a link is mailed to. */
export function MailLinkForm({ title, note, email, errors, busy, children }: MailLinkFormProps) {
  return (
    <DoorFrame title={title} note={note} aside={<DoorAside />}>
      <Form method="post" className="grid gap-4">
        <FormError errors={errors} knownFields={['email']} />
        <EmailField autoFocus defaultValue={email} error={errors?.fields.email} />
        <Button variant="primary" size="large" block busy={busy}>
          Send me a link
        </Button>
      </Form>
      <p className="mt-6">{children}</p>
    </DoorFrame>
  );
}
