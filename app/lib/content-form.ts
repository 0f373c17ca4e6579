import type { ChatMessage, Parameter, PromptContent, ValueShape } from '@anvil/core/prompt';
import { equalJson, isPlainObject } from '@anvil/core/json';
import {
  parseJson,
  isEnum,
  readDefault,
  readEnum,
  readText,
  toFieldText,
  writeDefault,
  writeEnum,
} from './content-form/fields.ts';
import { listAt, nameOf, readNames, textAt, type NameTree } from './content-form/names.ts';

/**
 * The one way between a prompt's content and the fields of a form, with and without JavaScript. A form holds texts as
 * they were typed, however wrong; reading it never throws. Written and read again, a content is the same.
 */
export interface ContentForm {
  kind: 'text' | 'chat';
  template: string;
  messages: MessageForm[];
  parameters: ParameterForm[];
  config: string;
  kept?: Kept;
}

/** What the fields of a node can't say: their exact values, by field (content-form/fields.ts). */
export type Kept = Record<string, unknown>;

export interface MessageForm {
  /** A role, or `placeholder`: then `content` names a parameter of type messages. */
  role: string;
  content: string;
  kept?: Kept;
  /** Tells React one message from another while they are moved; never part of the form. */
  key?: string;
}

export interface ShapeForm {
  type: string;
  description: string;
  enum: string;
  fields: ParameterForm[];
  items?: ShapeForm;
  kept?: Kept;
}

export interface ParameterForm extends ShapeForm {
  name: string;
  /** `required` or `optional`. */
  presence: string;
  default: string;
  deprecated: string;
  key?: string;
}

/** Sentences by the names of their fields: `parameters[0][default]`. */
export type FieldErrors = Record<string, string[]>;

/** The content as a form shows it. */
export function toContentForm(content: PromptContent): ContentForm {
  const kept: Kept = {};
  const form: ContentForm = {
    kind: content.kind,
    template: content.kind === 'text' ? writeText(content.template, 'template', kept) : '',
    messages: content.kind === 'chat' ? content.messages.map(toMessageForm) : [],
    parameters: content.parameters.map(toParameterForm),
    config: writeText(content.config, 'config', kept),
  };
  return withKept(form, kept);
}

/** What a new text or chat prompt begins with. */
export function emptyContentForm(kind: ContentForm['kind']): ContentForm {
  return {
    kind,
    template: '',
    messages: kind === 'chat' ? [{ role: 'user', content: '' }] : [],
    parameters: [],
    config: '{}',
  };
}

export function emptyParameterForm(name = '', type = 'string'): ParameterForm {
  return { ...emptyShapeForm(type), name, presence: 'required', default: '', deprecated: '' };
}

export function emptyShapeForm(type = 'string'): ShapeForm {
  return { type, description: '', enum: '', fields: [] };
}

/**
 * The content that a form means, and what can't be read at its fields. Types and roles are as typed: the schema of the
 * server refuses what isn't one.
 */
export function toContent(form: ContentForm): { content: PromptContent; errors: FieldErrors } {
  const errors: FieldErrors = {};
  const shared = {
    parameters: form.parameters.map((one, index) => toParameter(one, ['parameters', index], errors)),
    config: readText(form.config, form.kept?.config),
  };
  const content: PromptContent =
    form.kind === 'text'
      ? { kind: 'text', template: readText(form.template, form.kept?.template), ...shared }
      : { kind: 'chat', messages: form.messages.map(toMessage), ...shared };
  return { content, errors };
}

/** The fields of a form, as a browser sends them. */
export function writeContentForm(form: ContentForm): [name: string, value: string][] {
  const fields: [string, string][] = [
    ['kind', form.kind],
    ...(form.kind === 'text' ? [['template', form.template] as [string, string]] : []),
    ['config', form.config],
    ...keptFields([], form.kept),
  ];
  form.messages.forEach((message, index) => {
    const path = ['messages', index];
    fields.push([nameOf([...path, 'role']), message.role], [nameOf([...path, 'content']), message.content]);
    fields.push(...keptFields(path, message.kept));
  });
  fields.push(...parameterFields(['parameters'], form.parameters));
  return fields;
}

/** Reads the fields of a form as they were typed. Whatever is missing is empty, whatever is unknown is passed over. */
export function readContentForm(data: FormData): ContentForm {
  const tree = readNames(data);
  const form: ContentForm = {
    kind: textAt(tree, 'kind') === 'chat' ? 'chat' : 'text',
    template: toFieldText(textAt(tree, 'template')),
    messages: listAt(tree, 'messages').map((node) =>
      withKept({ role: textAt(node, 'role'), content: toFieldText(textAt(node, 'content')) }, readKept(node)),
    ),
    parameters: listAt(tree, 'parameters').map(readParameterForm),
    config: toFieldText(textAt(tree, 'config')),
  };
  return withKept(form, readKept(tree));
}

/** The name of the hidden field with what a node keeps. */
export function keptName(path: readonly (string | number)[]): string {
  return nameOf([...path, 'kept']);
}

function keptFields(path: readonly (string | number)[], kept: Kept | undefined): [string, string][] {
  return kept ? [[keptName(path), JSON.stringify(kept)]] : [];
}

function readKept(node: NameTree): Kept {
  const kept = parseJson(textAt(node, 'kept') || '{}');
  return isPlainObject(kept) ? kept : {};
}

function withKept<Node extends object>(node: Node, kept: Kept): Node {
  return Object.keys(kept).length > 0 ? { ...node, kept } : node;
}

/** Notes in `kept` what the field's text alone would change. */
function writeText(text: string | undefined, field: string, kept: Kept): string {
  const typed = toFieldText(text ?? '');
  if (text !== undefined && (typed !== text || (text === '' && OPTIONAL_TEXTS.has(field))))
    kept[field] = text;
  return typed;
}
/** Of these an empty text and none are two things, though they look alike. */
const OPTIONAL_TEXTS = new Set(['description', 'deprecated']);

function readOptionalText(typed: string, kept: unknown): string | undefined {
  return readText(typed, kept) || (kept === '' ? '' : undefined);
}

function toMessageForm(message: ChatMessage): MessageForm {
  if ('placeholder' in message) return { role: 'placeholder', content: message.placeholder };
  const kept: Kept = {};
  const content = writeText(message.content, 'content', kept);
  return withKept({ role: message.role, content }, kept);
}

function toMessage({ role, content, kept }: MessageForm): ChatMessage {
  if (role === 'placeholder') return { placeholder: content };
  // Any word may have been sent: the server's schema refuses it at its field.
  return { role: role as 'user', content: readText(content, kept?.content) };
}

function toShapeForm(shape: ValueShape, kept: Kept): ShapeForm {
  const { type, fields } = shape;
  const text = writeEnum(type, shape.enum);
  if (!equalJson(readEnum(type, text), shape.enum)) kept.enum = shape.enum;
  if (fields?.length === 0) kept.fields = [];
  const form: ShapeForm = {
    type,
    description: writeText(shape.description, 'description', kept),
    enum: text,
    fields: (fields ?? []).map(toParameterForm),
  };
  if (!shape.items) return form;
  const keptOfItems: Kept = {};
  return { ...form, items: withKept(toShapeForm(shape.items, keptOfItems), keptOfItems) };
}

function toParameterForm(parameter: Parameter): ParameterForm {
  const kept: Kept = {};
  const text = writeDefault(parameter.type, parameter.default);
  const read = readDefault(parameter.type, text);
  if (!read.ok || !equalJson(read.value, parameter.default)) kept.default = parameter.default;
  return withKept(
    {
      name: parameter.name,
      presence: parameter.required ? 'required' : 'optional',
      ...toShapeForm(parameter, kept),
      default: text,
      deprecated: writeText(parameter.deprecated, 'deprecated', kept),
    },
    kept,
  );
}

function toShape(form: ShapeForm, path: readonly (string | number)[], errors: FieldErrors): ValueShape {
  const { kept } = form;
  // As with roles.
  const shape: ValueShape = { type: form.type as 'string' };
  const description = readOptionalText(form.description, kept?.description);
  if (description !== undefined) shape.description = description;
  const keptEnum =
    isEnum(kept?.enum) && writeEnum(form.type, kept.enum) === form.enum ? kept.enum : undefined;
  const values = keptEnum ?? readEnum(form.type, form.enum);
  if (values) shape.enum = values;
  if (form.fields.length > 0)
    shape.fields = form.fields.map((one, index) => toParameter(one, [...path, 'fields', index], errors));
  else if (kept?.fields) shape.fields = [];
  if (form.items) shape.items = toShape(form.items, [...path, 'items'], errors);
  return shape;
}

function toParameter(
  form: ParameterForm,
  path: readonly (string | number)[],
  errors: FieldErrors,
): Parameter {
  const parameter: Parameter = {
    name: form.name,
    required: form.presence !== 'optional',
    ...toShape(form, path, errors),
  };
  const kept = form.kept?.default as Parameter['default'];
  const read = readDefault(form.type, form.default);
  if (kept !== undefined && writeDefault(form.type, kept) === form.default) parameter.default = kept;
  else if (!read.ok) errors[nameOf([...path, 'default'])] = [read.message];
  else if (read.value !== undefined) parameter.default = read.value;
  const deprecated = readOptionalText(form.deprecated, form.kept?.deprecated);
  if (deprecated !== undefined) parameter.deprecated = deprecated;
  return parameter;
}

function parameterFields(
  path: readonly (string | number)[],
  parameters: ParameterForm[],
): [string, string][] {
  return parameters.flatMap((one, index) => {
    const at = [...path, index];
    return [
      [nameOf([...at, 'name']), one.name],
      [nameOf([...at, 'presence']), one.presence],
      [nameOf([...at, 'default']), one.default],
      [nameOf([...at, 'deprecated']), one.deprecated],
      ...shapeFields(at, one),
    ];
  });
}

function shapeFields(path: readonly (string | number)[], shape: ShapeForm): [string, string][] {
  return [
    [nameOf([...path, 'type']), shape.type],
    [nameOf([...path, 'description']), shape.description],
    [nameOf([...path, 'enum']), shape.enum],
    ...keptFields(path, shape.kept),
    ...parameterFields([...path, 'fields'], shape.fields),
    ...(shape.items ? shapeFields([...path, 'items'], shape.items) : []),
  ];
}

function readShapeForm(node: NameTree): ShapeForm {
  const items = node.children.get('items');
  const form: ShapeForm = {
    type: textAt(node, 'type'),
    description: toFieldText(textAt(node, 'description')),
    enum: toFieldText(textAt(node, 'enum')),
    fields: listAt(node, 'fields').map(readParameterForm),
  };
  return withKept(items ? { ...form, items: readShapeForm(items) } : form, readKept(node));
}

function readParameterForm(node: NameTree): ParameterForm {
  return {
    name: textAt(node, 'name'),
    presence: textAt(node, 'presence'),
    default: toFieldText(textAt(node, 'default')),
    deprecated: toFieldText(textAt(node, 'deprecated')),
    ...readShapeForm(node),
  };
}
