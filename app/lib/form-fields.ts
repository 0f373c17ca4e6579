import { pageErrorResponse } from './errors.ts';

/**
 * The form that was sent.
 *
 * @throws Response 400 for what is none or was cut off; no browser sends that, so it is nobody's typed text
 */
export async function readForm(request: Request, context: { requestId: string }): Promise<FormData> {
  try {
    return await request.formData();
  } catch {
    throw pageErrorResponse({
      status: 400,
      reason: 'malformed',
      message: 'This is no form that Anvil can read. Open the page and send it from there.',
      requestId: context.requestId,
    });
  }
}

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
