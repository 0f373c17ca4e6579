import { pageErrorResponse } from './errors.ts';

/** Far more than the largest form has: 500 parameters with some twenty fields each. */
const FIELDS_MAX = 20_000;

/**
 * Reads the form that was sent.
 *
 * @throws Response 400 for a body that isn't a form or was cut off; browsers send neither, so nothing typed is lost · 413
 *   for more fields than any form has: 8 MB of `a&a&…` would need 360 MB as FormData
 */
export async function readForm(request: Request, { requestId }: { requestId: string }): Promise<FormData> {
  let text: string;
  try {
    if (!request.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded')) {
      return await request.formData();
    }
    text = await request.text();
  } catch {
    const message = 'Anvil can’t read this form. Open the page and send it from there.';
    throw pageErrorResponse({ status: 400, reason: 'malformed', message, requestId });
  }
  if (text.split('&', FIELDS_MAX + 1).length > FIELDS_MAX) {
    const message = 'This form has more fields than Anvil accepts. Open the page and send it from there.';
    throw pageErrorResponse({ status: 413, reason: 'payload_too_large', message, requestId });
  }
  const form = new FormData();
  for (const [name, value] of new URLSearchParams(text)) form.append(name, value);
  return form;
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
