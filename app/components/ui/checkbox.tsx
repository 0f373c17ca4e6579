import { useId, type ComponentProps, type ReactNode } from 'react';
import { FieldError, describedBy, type FieldLook } from './field.tsx';

export type CheckboxProps = Omit<ComponentProps<'input'>, 'type'> &
  Pick<FieldLook, 'error'> & {
    label: ReactNode;
    hint?: ReactNode;
  };

/** A checkbox with its words; the words are part of the target. */
export function Checkbox({ label, hint, error, id: given, ...rest }: CheckboxProps) {
  const made = useId();
  const id = given ?? made;
  return (
    <div>
      <label className="touch flex w-fit items-start gap-2 has-disabled:cursor-not-allowed has-disabled:opacity-50">
        <input
          {...rest}
          id={id}
          type="checkbox"
          aria-describedby={describedBy(id, { hint, error })}
          aria-invalid={error ? true : undefined}
          className="check mt-0.5 shrink-0 aria-invalid:border-major"
        />
        <span>
          {label}
          {hint && (
            <span id={`${id}-hint`} className="block text-12 text-mute">
              {hint}
            </span>
          )}
        </span>
      </label>
      <FieldError id={`${id}-error`} error={error} />
    </div>
  );
}

export interface CheckboxGroupProps {
  legend: ReactNode;
  hint?: ReactNode;
  error?: FieldLook['error'];
  children: ReactNode;
}

/** Checkboxes that answer one question: a fieldset with its legend. */
export function CheckboxGroup({ legend, hint, error, children }: CheckboxGroupProps) {
  const id = useId();
  return (
    <fieldset
      aria-describedby={describedBy(id, { hint, error })}
      data-invalid={[error ?? []].flat().length > 0 ? '' : undefined}
      className="grid gap-2.5"
    >
      <legend className="mb-2 text-13 font-medium">{legend}</legend>
      {children}
      <FieldError id={`${id}-error`} error={error} />
      {hint && (
        <p id={`${id}-hint`} className="text-12 text-mute">
          {hint}
        </p>
      )}
    </fieldset>
  );
}
