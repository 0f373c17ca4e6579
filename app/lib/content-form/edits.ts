/**
 * What the buttons of a content form do: add, remove and move messages, parameters, fields and items. A button says it
 * by its value, `remove:parameters[1][fields][0]`, so that it works as a plain submit button too.
 */
import {
  emptyParameterForm,
  emptyShapeForm,
  type ContentForm,
  type MessageForm,
  type ParameterForm,
  type ShapeForm,
} from '../content-form.ts';
import { stepsOf } from './names.ts';

type Node = MessageForm | ParameterForm;

const EDITS = ['add', 'remove', 'up', 'down', 'items', 'open', 'kind'] as const;
export type Edit = (typeof EDITS)[number];

/** The value of a button: `edit('up', ['messages', 2])`. */
export function intentOf(edit: Edit, name: string): string {
  return `${edit}:${name}`;
}

/**
 * Applies what a button says.
 *
 * @param intent `add:messages`, `add:placeholder`, `add:parameters[0][fields]`, `up:messages[1]`,
 *   `items:parameters[0]` (says what the items of a list are), `open:parameters[0]` (takes that back), `kind:chat`
 * @returns the form after it, or undefined when this is no edit of this form
 */
export function applyEdit(form: ContentForm, intent: string): ContentForm | undefined {
  const [word = '', name = ''] = intent.split(':');
  const edit = EDITS.find((one) => one === word);
  if (!edit) return undefined;
  const copy = structuredClone(form);
  if (edit === 'kind') return name === 'chat' ? asChat(copy) : name === 'text' ? asText(copy) : undefined;
  if (edit === 'add' && name === 'placeholder') {
    copy.messages.push({ role: 'placeholder', content: freePlaceholder(copy) });
    return copy;
  }
  const steps = stepsOf(name);
  if (!steps) return undefined;
  return editAt(copy, steps, edit) ? copy : undefined;
}

/** A shape to be declared; FoundShape of core/template/variables.ts is one. */
export interface WantedShape {
  type: string;
  fields?: WantedParameter[];
  items?: WantedShape;
}
export interface WantedParameter extends WantedShape {
  name: string;
}

/** Adds the parameters that aren't there yet, with their fields and items. */
export function addParameters(form: ContentForm, wanted: readonly WantedParameter[]): ContentForm {
  const known = new Set(form.parameters.map(({ name }) => name.trim()));
  const missing = wanted.filter(({ name }) => !known.has(name));
  return { ...form, parameters: [...form.parameters, ...missing.map(wantedParameterForm)] };
}

function wantedParameterForm({ name, ...shape }: WantedParameter): ParameterForm {
  return { ...emptyParameterForm(name), ...wantedShapeForm(shape) };
}

function wantedShapeForm({ type, fields = [], items }: WantedShape): ShapeForm {
  return {
    ...emptyShapeForm(type),
    fields: fields.map(wantedParameterForm),
    ...(items ? { items: wantedShapeForm(items) } : {}),
  };
}

/**
 * One text of all messages. They stay in the form, unsent, so that going back finds roles and placeholders as they
 * were.
 */
function asText(form: ContentForm): ContentForm {
  if (form.kind === 'text') return form;
  const [only, ...others] = form.messages;
  const text: ContentForm = { ...form, kind: 'text', template: textOf(form.messages) };
  if (text.kept) delete text.kept.template;
  if (only?.kept && others.length === 0) text.kept = { ...text.kept, template: only.kept.content };
  return text;
}

/** The messages that the text was made of, or one message of the user where it has been edited since. */
function asChat(form: ContentForm): ContentForm {
  if (form.kind === 'chat') return form;
  const isUntouched = form.messages.length > 0 && textOf(form.messages) === form.template;
  const kept = form.kept?.template === undefined ? {} : { kept: { content: form.kept.template } };
  return {
    ...form,
    kind: 'chat',
    messages: isUntouched ? form.messages : [{ role: 'user', content: form.template, ...kept }],
  };
}

function textOf(messages: readonly MessageForm[]): string {
  return messages
    .filter(({ role }) => role !== 'placeholder')
    .map(({ content }) => content)
    .join('\n\n');
}

/** A parameter of type messages that no placeholder names yet. */
function freePlaceholder(form: ContentForm): string {
  const used = new Set(
    form.messages.filter(({ role }) => role === 'placeholder').map(({ content }) => content),
  );
  return form.parameters.find(({ type, name }) => type === 'messages' && !used.has(name))?.name ?? '';
}

function editAt(form: ContentForm, steps: string[], edit: Edit): boolean {
  if (edit === 'items' || edit === 'open') {
    const shape = shapeAt(form, steps);
    if (!shape) return false;
    if (edit === 'items') shape.items ??= emptyShapeForm();
    else {
      delete shape.items;
      shape.fields = [];
      if (shape.kept) delete shape.kept.fields;
    }
    return true;
  }
  if (edit === 'add') {
    const list = listAtSteps(form, steps);
    if (!list) return false;
    if (steps[0] === 'messages') list.push({ role: nextRole(form.messages), content: '' });
    else list.push(emptyParameterForm());
    return true;
  }
  const list = listAtSteps(form, steps.slice(0, -1));
  const index = Number(steps.at(-1));
  const node = list?.[index];
  if (!list || !node) return false;
  const target = edit === 'up' ? index - 1 : index + 1;
  list.splice(index, 1);
  if (edit !== 'remove') list.splice(Math.min(Math.max(target, 0), list.length), 0, node);
  return true;
}

/** Who speaks next: the assistant after the user, else the user. */
function nextRole(messages: readonly MessageForm[]): string {
  return messages.at(-1)?.role === 'user' ? 'assistant' : 'user';
}

function listAtSteps(form: ContentForm, steps: string[]): Node[] | undefined {
  if (steps.length === 1)
    return steps[0] === 'messages' ? form.messages : steps[0] === 'parameters' ? form.parameters : undefined;
  return steps.at(-1) === 'fields' ? shapeAt(form, steps.slice(0, -1))?.fields : undefined;
}

function shapeAt(form: ContentForm, steps: string[]): ShapeForm | undefined {
  const [first, index, ...rest] = steps;
  if (first !== 'parameters') return undefined;
  let shape: ShapeForm | undefined = form.parameters[Number(index)];
  for (let at = 0; at < rest.length && shape; at++) {
    if (rest[at] === 'items') shape = shape.items;
    else if (rest[at] === 'fields') shape = shape.fields[Number(rest[++at])];
    else return undefined;
  }
  return shape;
}
