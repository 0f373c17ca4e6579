/**
 * The shapes of a prompt's content, shared by server, client and pages.
 * Words and rules: docs/ARCHITECTURE.md, "Words".
 */

/** Any JSON value. Values given to a render and defaults of parameters are JSON data only. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

export const PARAMETER_TYPES = ['string', 'number', 'boolean', 'list', 'object', 'messages'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** What a value has to look like: the part of a parameter that list items have too. */
export interface ValueShape {
  type: ParameterType;
  description?: string;
  /** Only on `string` and `number`: one or more distinct values of the type. */
  enum?: (string | number)[];
  /** Only on `object`; without it the object is open. */
  fields?: Parameter[];
  /** Only on `list`; without it the list is open. Judged like a required parameter. */
  items?: ValueShape;
}

/** A named input of a prompt, or a declared field of an object. */
export interface Parameter extends ValueShape {
  name: string;
  required: boolean;
  /** Only when not required. Absent means `null`. */
  default?: JsonValue;
  /** The message shown to callers when the parameter is deprecated. */
  deprecated?: string;
}

/** Longest template, in UTF-16 code units. The longest real prompt of the test collection has 144 k. */
export const TEMPLATE_LENGTH_MAX = 256 * 1024;

export const ROLES = ['system', 'developer', 'user', 'assistant', 'tool'] as const;
export type MessageRole = (typeof ROLES)[number];

/** A message written in the prompt: its content is a Liquid template. */
export interface TemplateMessage {
  role: MessageRole;
  content: string;
}
/** The place where the caller's own messages go in, untouched; names a parameter of type `messages`. */
export interface MessagesPlaceholder {
  placeholder: string;
}
export type ChatMessage = TemplateMessage | MessagesPlaceholder;

interface ContentBase {
  parameters: Parameter[];
  /** The text of a JSON object, kept byte for byte ("{}" when there is none). */
  config: string;
}
export interface TextContent extends ContentBase {
  kind: 'text';
  template: string;
}
export interface ChatContent extends ContentBase {
  kind: 'chat';
  messages: ChatMessage[];
}
/** One prompt's kind, template, parameters and config: what is hashed, stored once and never changed. */
export type PromptContent = TextContent | ChatContent;

/** Where in a prompt something stands. Lines and columns count from 1; `message` counts from 0. */
export interface Place {
  /** Slug of the prompt, when a whole set is looked at. */
  prompt?: string;
  part: 'template' | 'message' | 'parameter' | 'config';
  message?: number;
  /** Path to a parameter or config key: `order.items[].price`. */
  path?: string;
  line?: number;
  column?: number;
}

/** Something found in a prompt. Errors block saving or publishing as said by `severity`. */
export interface Problem {
  /** Stable id, e.g. `template.unknown_variable`. */
  rule: string;
  /** `syntax` blocks saving, `error` blocks publishing, `warning` blocks nothing. */
  severity: 'syntax' | 'error' | 'warning';
  /** A whole sentence that says what is so and what to do. */
  message: string;
  place: Place;
}
