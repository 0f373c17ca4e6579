import { Form } from '@remix-run/react';
import type { LabelView } from '#server/schemas/labels.ts';
import type { FormErrors } from '../lib/errors.ts';
import { useNavigation } from '../lib/use-navigation.ts';
import { FormError } from './form-error.tsx';
import { LabelTarget } from './label-target.tsx';
import { Button } from './ui/button.tsx';
import { Dialog } from './ui/dialog.tsx';
import { TextField } from './ui/field.tsx';

const FORM_ID = 'new-label';
/** Names that most teams want. */
const USUAL = ['production', 'staging'];

export interface NewLabelProps {
  base: string;
  versions: string[];
  taken: LabelView[];
  errors: FormErrors | undefined;
  values: { name: string; to: string; reason: string } | undefined;
}

/** Puts a new name on a version. */
export function NewLabel({ base, versions, taken, errors, values }: NewLabelProps) {
  const busy = useNavigation().formMethod === 'POST';
  const usual = USUAL.find((name) => taken.every((label) => label.name !== name));
  return (
    <Dialog
      title="New label"
      closeTo={`${base}/-/labels`}
      actions={
        <Button form={FORM_ID} variant="primary" busy={busy}>
          Add label
        </Button>
      }
    >
      <Form id={FORM_ID} method="post" action={`${base}/-/labels?new`} replace className="grid gap-4">
        <FormError errors={errors} knownFields={['name', 'to', 'reason']} />
        <input type="hidden" name="from" value="" />
        <input type="hidden" name="intent" value="create" />
        <TextField
          label="Name"
          name="name"
          mono
          required
          autoFocus
          maxLength={36}
          defaultValue={values?.name ?? usual}
          error={errors?.fields.name}
          hint="Lower-case letters, digits, . _ and -, beginning with a letter."
        />
        <LabelTarget versions={versions} errors={errors} values={values} />
      </Form>
    </Dialog>
  );
}
