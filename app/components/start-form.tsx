import { Form } from '@remix-run/react';
import type { FormErrors } from '../lib/errors.ts';
import { FormError } from './form-error.tsx';
import { NameAndSlug } from './name-and-slug.tsx';
import { Button, LinkButton } from './ui/button.tsx';
import { TextareaField } from './ui/field.tsx';
import { useSending } from '../lib/use-sending.ts';

export interface StartFormProps {
  /** `prompt set` */
  what: string;
  /** An example of a name. */
  placeholder: string;
  /** What stands before the slug in the address: `support/`. */
  prefix?: string;
  cancelTo: string;
  errors: FormErrors | undefined;
  values: { name: string; slug: string; description: string } | undefined;
}

/** The form that creates a project or a prompt set: its name, the slug proposed from the name, a description. */
export function StartForm({ what, placeholder, prefix, cancelTo, errors, values }: StartFormProps) {
  const busy = useSending();
  return (
    <Form method="post" className="grid max-w-105 gap-4">
      <FormError errors={errors} knownFields={['name', 'slug', 'description']} />
      <NameAndSlug placeholder={placeholder} prefix={prefix} values={values} errors={errors?.fields} />
      <TextareaField
        label="Description"
        name="description"
        maxLength={2_000}
        defaultValue={values?.description}
        error={errors?.fields.description}
      />
      <div className="flex gap-2">
        <Button variant="primary" size="large" busy={busy}>
          Create {what}
        </Button>
        <LinkButton to={cancelTo} size="large" variant="quiet">
          Cancel
        </LinkButton>
      </div>
    </Form>
  );
}
