import { useId } from 'react';
import type { FormErrors } from '../lib/errors.ts';
import { TextField } from './ui/field.tsx';

export interface LabelTargetProps {
  /** The newest numbers, as suggestions: any other can be written. */
  versions: string[];
  errors: FormErrors | undefined;
  values: { to: string; reason: string } | undefined;
}

/** Which version a label goes to, and why: fields of the forms that make and move one. */
export function LabelTarget({ versions, errors, values }: LabelTargetProps) {
  const listId = useId();
  return (
    <>
      <TextField
        label="Version"
        name="to"
        mono
        required
        list={listId}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={values?.to ?? versions[0]}
        error={errors?.fields.to}
        hint="Any published version."
      />
      <datalist id={listId}>
        {versions.map((version) => (
          <option key={version} value={version} />
        ))}
      </datalist>
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
