import type { ComponentProps } from 'react';
import { TextField } from './ui/field.tsx';

/** Where a person says by which address they sign in. */
export function EmailField(
  props: Pick<ComponentProps<typeof TextField>, 'autoFocus' | 'defaultValue' | 'error'>,
) {
  return (
    <TextField
      {...props}
      label="E-mail"
      name="email"
      type="email"
      autoComplete="username"
      required
      maxLength={254}
    />
  );
}
