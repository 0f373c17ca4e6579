import { useEffect, useRef } from 'react';
import type { FormErrors } from '../lib/errors.ts';
import { focusFirstError } from '../lib/focus.ts';
import { Sentence } from './sentence.tsx';
import { Banner } from './ui/banner.tsx';
import { LinkButton } from './ui/button.tsx';

/**
 * What is wrong with a form as a whole. What is wrong at a field is shown there. After a failed action the first field
 * with an error receives the focus, or else this message.
 */
export function FormError({
  errors,
  knownFields,
}: {
  errors: FormErrors | undefined;
  knownFields: string[];
}) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (errors) focusFirstError(ref.current);
  }, [errors]);
  if (!errors) return null;
  // A field that this form doesn't show would otherwise be refused without a word.
  const others = Object.entries(errors.fields).filter(([field]) => !knownFields.includes(field));
  const sentences = [errors.form ?? [], others.flatMap(([, messages]) => messages)].flat();
  if (errors.reason === 'unauthenticated') {
    return (
      <Banner
        tone="major"
        live
        action={
          // In a new tab, so that what was typed stays here.
          <LinkButton to="/sign-in" target="_blank" size="small">
            Sign in
          </LinkButton>
        }
      >
        Your session has ended. Sign in, then try again.
      </Banner>
    );
  }
  if (sentences.length === 0) return null;
  return (
    <div ref={ref} className="rounded-6">
      <Banner tone="major" live>
        <Sentence>{sentences.join(' ')}</Sentence>
      </Banner>
    </div>
  );
}
