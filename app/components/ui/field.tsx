import { ChevronDown, CircleAlert } from 'lucide-react';
import { useId, type ComponentProps, type ReactNode } from 'react';
import { classNames } from '../../lib/class-names.ts';
import { Sentence } from '../sentence.tsx';

export interface FieldLook {
  label: ReactNode;
  /** What to write, shown below; stays when there is an error. */
  hint?: ReactNode;
  /** What is wrong and what to do, in whole sentences. */
  error?: string | string[] | undefined;
  /** Stands right of the label: "Forgot your password?" */
  aside?: ReactNode;
  /** The label is read out but not seen. */
  labelHidden?: boolean;
}

interface FieldProps extends FieldLook {
  id: string;
  children: ReactNode;
}

/** Label, control, hint and error around any control. Give the control `id`, and `aria-describedby` by `describedBy`. */
export function Field({ id, label, hint, error, aside, labelHidden, children }: FieldProps) {
  return (
    <div className="grid gap-1.5">
      <div className={classNames('flex items-baseline justify-between gap-4', labelHidden && 'sr-only')}>
        <label htmlFor={id} className="text-13 font-medium">
          {label}
        </label>
        {aside && <span className="text-12 text-mute">{aside}</span>}
      </div>
      {children}
      <FieldError id={`${id}-error`} error={error} />
      {hint && (
        <p id={`${id}-hint`} className="text-12 text-mute">
          {hint}
        </p>
      )}
    </div>
  );
}

/** The error of a control, or nothing. */
export function FieldError({ id, error }: { id: string; error: FieldLook['error'] }) {
  const sentences = [error ?? []].flat();
  if (sentences.length === 0) return null;
  return (
    <p id={id} className="flex gap-1.5 text-12 text-major">
      <CircleAlert size={16} strokeWidth={1.75} aria-hidden="true" className="shrink-0" />
      <span>
        <Sentence>{sentences.join(' ')}</Sentence>
      </span>
    </p>
  );
}

/** The ids of a control's error and hint, for `aria-describedby`. */
export function describedBy(
  id: string,
  { hint, error }: Pick<FieldLook, 'hint' | 'error'>,
): string | undefined {
  const hasError = [error ?? []].flat().length > 0;
  return classNames(hasError && `${id}-error`, Boolean(hint) && `${id}-hint`) || undefined;
}

const CONTROL =
  'control w-full rounded-6 border border-field bg-bg px-2.5 text-ink placeholder:text-faint hover:border-mute ' +
  'disabled:cursor-not-allowed disabled:border-line disabled:bg-raise disabled:text-mute [&[readonly]]:bg-raise aria-invalid:border-major';

export type InputProps = ComponentProps<'input'> & {
  /** For identifiers: monospace. */
  mono?: boolean;
};

/** An input without a label of its own; `TextField` is the whole. */
export function Input({ mono, className, ...rest }: InputProps) {
  return (
    <input
      dir="auto"
      {...rest}
      className={classNames(CONTROL, 'h-control-large', mono && 'font-mono text-13', className)}
    />
  );
}

export type TextareaProps = ComponentProps<'textarea'> & { mono?: boolean };

/** A text area without a label of its own; `TextareaField` is the whole. Grows with its text where browsers can. */
export function Textarea({ mono, className, rows = 3, ...rest }: TextareaProps) {
  return (
    <textarea
      dir="auto"
      {...rest}
      rows={rows}
      className={classNames(
        CONTROL,
        'field-sizing-content min-h-20 resize-y py-2',
        mono && 'font-mono text-13',
        className,
      )}
    />
  );
}

export type SelectProps = ComponentProps<'select'> & {
  mono?: boolean;
  /** 26 or 38 px high; the small one in bars. */
  height?: 'small' | 'large';
};

/** The platform's own select, drawn like a button; `SelectField` is the whole. */
export function Select({ mono, height = 'large', className, children, ...rest }: SelectProps) {
  return (
    <span className={classNames('relative inline-flex', height === 'large' && 'w-full', className)}>
      <select
        dir="auto"
        {...rest}
        className={classNames(
          CONTROL,
          'appearance-none pr-8',
          height === 'large' ? 'h-control-large' : 'h-control-small bg-panel pl-2 text-12',
          mono && 'font-mono text-13',
        )}
      >
        {children}
      </select>
      <ChevronDown
        size={16}
        strokeWidth={1.75}
        aria-hidden="true"
        className="pointer-events-none absolute inset-y-0 right-2.5 my-auto"
      />
    </span>
  );
}

function useFieldIds(given: string | undefined, look: FieldLook) {
  const made = useId();
  const id = given ?? made;
  const invalid = [look.error ?? []].flat().length > 0;
  return { id, 'aria-describedby': describedBy(id, look), 'aria-invalid': invalid || undefined };
}

/** Label and input. Takes all of `<input>`, so `getInputProps(…)` of conform can be spread into it. */
export function TextField({ label, hint, error, aside, labelHidden, id, ...rest }: FieldLook & InputProps) {
  const look = { label, hint, error, aside, labelHidden };
  const ids = useFieldIds(id, look);
  return (
    <Field {...look} id={ids.id}>
      <Input {...rest} {...ids} />
    </Field>
  );
}

/** Label and text area. */
export function TextareaField({
  label,
  hint,
  error,
  aside,
  labelHidden,
  id,
  ...rest
}: FieldLook & TextareaProps) {
  const look = { label, hint, error, aside, labelHidden };
  const ids = useFieldIds(id, look);
  return (
    <Field {...look} id={ids.id}>
      <Textarea {...rest} {...ids} />
    </Field>
  );
}

/** Label and select. Children are `<option>`s. */
export function SelectField({
  label,
  hint,
  error,
  aside,
  labelHidden,
  id,
  ...rest
}: FieldLook & SelectProps) {
  const look = { label, hint, error, aside, labelHidden };
  const ids = useFieldIds(id, look);
  return (
    <Field {...look} id={ids.id}>
      <Select {...rest} {...ids} />
    </Field>
  );
}
