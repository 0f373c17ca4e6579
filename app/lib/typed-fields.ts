import type { DraftFields } from './draft-keeper.ts';

/** The fields that a person typed. Secrets, hidden fields, files and buttons aren't among them. */
export function typedFields(form: HTMLFormElement): DraftFields {
  const fields: DraftFields = {};
  for (const element of form.elements) {
    const isText = element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
    const isInput =
      element instanceof HTMLInputElement &&
      !/^(password|hidden|file|checkbox|radio|submit|button)$/.test(element.type);
    if ((isText || isInput) && element.name) fields[element.name] = element.value;
  }
  return fields;
}

/** Sets fields by name; each that changes fires `input`, so that editors and controlled fields follow. */
export function fillForm(form: HTMLFormElement, fields: DraftFields): void {
  for (const element of form.elements) {
    const isField =
      element instanceof HTMLTextAreaElement ||
      element instanceof HTMLSelectElement ||
      element instanceof HTMLInputElement;
    const text = isField ? fields[element.name] : undefined;
    if (!isField || text === undefined || element.value === text) continue;
    element.value = text;
    element.dispatchEvent(new Event('input', { bubbles: true }));
  }
}
