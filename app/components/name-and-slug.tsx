import { slugFromName } from '@anvil/core/slug';
import { useState } from 'react';
import { useHydrated } from '../lib/use-hydrated.ts';
import { TextField } from './ui/field.tsx';

export interface NameAndSlugProps {
  /** An example of a name. */
  placeholder?: string;
  /** What stands before the slug in an address: `support/`. */
  prefix?: string;
  values?: { name: string; slug: string };
  errors?: Record<string, string[] | undefined>;
}

/**
 * The name of something new and the slug that its address gets, proposed from the name until somebody writes their
 * own. Left empty, as without JavaScript it may be, the server makes the same from the name.
 */
export function NameAndSlug({ placeholder, prefix = '', values, errors = {} }: NameAndSlugProps) {
  const hydrated = useHydrated();
  const [name, setName] = useState(values?.name ?? '');
  const [own, setOwn] = useState(values?.slug || undefined);
  const proposed = slugFromName(name) ?? '';
  const slug = own ?? (hydrated ? proposed : '');
  return (
    <>
      <TextField
        label="Name"
        name="name"
        required
        maxLength={120}
        autoFocus={!errors.slug}
        autoComplete="off"
        placeholder={placeholder}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={errors.name}
      />
      <TextField
        label="Slug"
        name="slug"
        mono
        maxLength={64}
        autoFocus={Boolean(errors.slug)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={slug}
        onChange={(event) => setOwn(event.currentTarget.value || undefined)}
        error={errors.slug}
        hint={
          <>
            Its name in addresses: <code>{`${prefix}${slug || '…'}`}</code>. Left empty, it is made from the
            name. It can’t be changed after publishing.
          </>
        }
      />
    </>
  );
}
