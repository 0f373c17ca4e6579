import type { FormErrors } from '../lib/errors.ts';
import { SelectField, TextField } from './ui/field.tsx';

export interface LabelTargetProps {
  /** Numbers to choose from, the newest first. */
  versions: string[];
  errors: FormErrors | undefined;
  values: { to: string; reason: string } | undefined;
}

/** Which version a label goes to, and why: fields of the forms that make and move one. */
export function LabelTarget({ versions, errors, values }: LabelTargetProps) {
  return (
    <>
      <SelectField
        label="Version"
        name="to"
        mono
        defaultValue={values?.to ?? versions[0]}
        error={errors?.fields.to}
      >
        {versions.map((version) => (
          <option key={version}>{version}</option>
        ))}
      </SelectField>
      <TextField
        label="Reason"
        name="reason"
        defaultValue={values?.reason}
        error={errors?.fields.reason}
        hint="Optional. Shown in the history."
      />
    </>
  );
}
