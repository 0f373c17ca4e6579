import type { ChatMessage, PromptContent } from '@anvil/core/prompt';
import { readText, toFieldText } from './content-form/fields.ts';
import { keptFields, readKept, withKept, writeText } from './content-form/kept.ts';
import { listAt, nameOf, readNames, textAt } from './content-form/names.ts';
import {
  parameterFields,
  readParameterForm,
  toParameter,
  toParameterForm,
} from './content-form/parameters.ts';

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
