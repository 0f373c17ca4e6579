import type { JsonObject, Problem, PromptContent } from '@anvil/core/prompt';
import { isPlainObject } from '@anvil/core/json';
import { findVariablesOf, type FoundVariable } from '@anvil/core/template/variables';
import type { PreviewView } from '#server/schemas/prompts.ts';
import type { PageContext } from '../context.ts';
import { readContentForm, toContent, type ContentForm, type FieldErrors } from './content-form.ts';
import { inexactSentence } from './content-form/fields.ts';
import { nameOf } from './content-form/names.ts';
import { formErrors, type FormErrors } from './errors.ts';
import { parameterErrors } from './problems.ts';
import type { SetPlace } from './set-place.ts';

/** A parameter that a text or a placeholder names and nobody has declared. */
export type FoundParameter = FoundVariable | { name: string; type: 'messages' };

/** What the editor says about a text as it stands, saved or not. */
export interface Preview {
  /** `null` when a field can't be read; then `errors` says why. */
  result: PreviewView['result'] | null;
  problems: Problem[];
  errors: FieldErrors;
  found: FoundParameter[];
}

/** Previews what a form holds, with the values of its field `values`. */
export async function previewForm(
  context: PageContext,
  ref: SetPlace['ref'],
  data: FormData,
): Promise<Preview> {
  const form = readContentForm(data);
  const { content, errors } = toContent(form);
  const typed = data.get('values');
  const text = typeof typed === 'string' ? typed : '';
  const values = readValues(text);
  const inexact = values && inexactSentence(text);
  if (!values)
    errors.values = ['This isn’t a JSON object. Write it like { "name": "Ada" }, or leave it empty.'];
  else if (inexact) errors.values = [inexact];
  return preview(context, ref, { form, content, errors, values: values ?? {} });
}

/** Previews a stored content with examples. */
export async function previewContent(
  context: PageContext,
  ref: SetPlace['ref'],
  form: ContentForm,
): Promise<Preview> {
  return preview(context, ref, { form, ...toContent(form), values: {} });
}

interface Previewed {
  form: ContentForm;
  content: PromptContent;
  errors: FieldErrors;
  values: JsonObject;
}

async function preview(context: PageContext, ref: SetPlace['ref'], input: Previewed): Promise<Preview> {
  const { form, content, errors, values } = input;
  const found = findParameters(content);
  if (Object.keys(errors).length > 0) return { result: null, problems: [], errors, found };
  try {
    const { problems, result } = await context.trpc.prompts.preview({ ...ref, content, values });
    return { result, problems, errors: parameterErrors(form, problems), found };
  } catch (thrown) {
    const refused = formErrors(thrown, context);
    const atFields = contentErrors(form, refused);
    if (Object.keys(atFields).length > 0) return { result: null, problems: [], errors: atFields, found };
    const sentence =
      refused.status === 401 ? 'Your session has ended. Sign in to see the preview.' : refused.form;
    return { result: sentence ? { error: sentence } : null, problems: [], errors: {}, found };
  }
}

/** Names that the texts read and the parameters lack, in the order of the texts. */
function findParameters(content: PromptContent): FoundParameter[] {
  const known = new Set(content.parameters.map(({ name }) => name));
  const found = new Map<string, FoundParameter>();
  for (const one of findVariablesOf(content)) if (!known.has(one.name)) found.set(one.name, one);
  for (const message of content.kind === 'chat' ? content.messages : []) {
    if (!('placeholder' in message) || message.placeholder === '' || known.has(message.placeholder)) continue;
    found.set(message.placeholder, { name: message.placeholder, type: 'messages' });
  }
  return [...found.values()];
}

function readValues(text: string): JsonObject | undefined {
  if (text.trim() === '') return {};
  try {
    const values: unknown = JSON.parse(text);
    return isPlainObject(values) ? (values as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** What the server refused in a content, at the fields of its form. What belongs to none stays at `form`. */
export function contentErrors(form: ContentForm, refused: FormErrors): FieldErrors {
  const problems = problemsOf(refused);
  if (problems.length > 0) return parameterErrors(form, problems);
  const errors: FieldErrors = {};
  for (const [field, sentences] of Object.entries(refused.fields)) {
    // In the form, a placeholder's parameter is the content of its message.
    const steps = field
      .replace(/^content\.?/, '')
      .replace(/^(messages\.\d+)\.placeholder$/, '$1.content')
      .split('.')
      .filter(Boolean);
    errors[field.startsWith('content.') ? nameOf(steps) : field] = sentences;
  }
  return errors;
}

/** The problems that came with a refusal to save. */
export function problemsOf(refused: FormErrors): Problem[] {
  const data = refused.data as { problems?: Problem[] } | undefined;
  return refused.reason === 'content.invalid' ? (data?.problems ?? []) : [];
}
