import type { FormErrors } from '../lib/errors.ts';
import { Sentence } from './sentence.tsx';
import { Banner } from './ui/banner.tsx';

/** What is wrong with a form as a whole; what is wrong at a field stands there. */
export function FormError({
  errors,
  knownFields,
}: {
  errors: FormErrors | undefined;
  knownFields: string[];
}) {
  if (!errors) return null;
  // A field that this form doesn't show would otherwise be refused without a word.
  const others = Object.entries(errors.fields).filter(([field]) => !knownFields.includes(field));
  const sentences = [errors.form ?? [], others.flatMap(([, messages]) => messages)].flat();
  if (sentences.length === 0) return null;
  return (
    <Banner tone="major" live>
      <Sentence>{sentences.join(' ')}</Sentence>
    </Banner>
  );
}
