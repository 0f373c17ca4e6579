import { TextField } from './ui/field.tsx';

export interface NewPasswordFieldProps {
  label?: string;
  error: string[] | undefined;
  autoFocus?: boolean;
}

/** Where a password is chosen. */
export function NewPasswordField({ label = 'Password', error, autoFocus }: NewPasswordFieldProps) {
  return (
    <TextField
      label={label}
      name="password"
      type="password"
      autoComplete="new-password"
      required
      minLength={12}
      maxLength={256}
      autoFocus={autoFocus}
      error={error}
      hint="At least 12 characters. A sentence is easy to remember."
    />
  );
}
