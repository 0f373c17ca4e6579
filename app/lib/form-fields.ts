/**
 * Text fields of a submitted form, as typed: to be validated by the server, and shown again when something is wrong.
 * A field that is missing, or a file, is an empty text.
 */
export function textFields<Name extends string>(form: FormData, ...names: Name[]): Record<Name, string> {
  const entries = names.map((name) => {
    const value = form.get(name);
    return [name, typeof value === 'string' ? value : ''] as const;
  });
  return Object.fromEntries(entries) as Record<Name, string>;
}

/** An optional field that was left empty is not given. */
export function orUndefined(text: string): string | undefined {
  return text.trim() === '' ? undefined : text;
}
