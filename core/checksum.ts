/**
 * Checksums: SHA-256 over canonical JSON (RFC 8785), so that equal content has an equal checksum everywhere.
 * How to recompute them in any language, with test vectors: docs/checksums.md.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';
import type { ChatMessage, JsonValue, Parameter, PromptContent, ValueShape } from './prompt.ts';

// What is hashed has to be unambiguous, so the check of config belongs to the checksum's interface.
export { checkConfigText } from './config-text.ts';

/**
 * The canonical JSON of a value (RFC 8785).
 * @throws Error when the value holds NaN, an infinity, half a surrogate pair or a cycle
 */
export function canonicalJson(value: JsonValue): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('Only JSON data has a canonical form');
  return text;
}

/** SHA-256 of a text's UTF-8 bytes, as 64 hexadecimal digits. */
export function textSha256(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/**
 * The bytes that a prompt's content is stored and hashed as: the canonical JSON of its normal form, in which equal
 * meaning has one writing. Left out are keys that say nothing: an empty description or deprecation, a default of
 * `null`, a default of a required parameter, `enum` on anything but strings and numbers, `fields` of what is no
 * object, `items` of what is no list, keys that are no part of a prompt. Orders stay (of parameters, fields, enum
 * values, messages: people see them), and so does every text, config's included, byte for byte.
 * @throws Error when a string holds half a surrogate pair or a default is no JSON data
 */
export function canonicalContent(content: PromptContent): string {
  const { kind, config } = content;
  const parameters = content.parameters.map(normalParameter);
  if (content.kind === 'text') return canonicalJson({ kind, template: content.template, parameters, config });
  return canonicalJson({ kind, messages: content.messages.map(normalMessage), parameters, config });
}

/** The name of a content: SHA-256 over `canonicalContent`, as 64 hexadecimal digits. */
export function contentSha256(content: PromptContent): string {
  return textSha256(canonicalContent(content));
}

/**
 * The checksum of a whole set: SHA-256 over the canonical JSON of `{ prompts, dependencies }`.
 * @param prompts slug and content hash of each prompt, in any order; each slug once
 * @param dependencies address of each set depended on → the range or version asked for
 */
export function setChecksum(
  prompts: readonly (readonly [slug: string, sha256: string])[],
  dependencies: Readonly<Record<string, string>>,
): string {
  const sorted = [...prompts].map(([slug, hash]) => [slug, hash]).sort(bySlug);
  // Slugs and hashes are plain ASCII, which JSON.stringify writes as RFC 8785 wants it: a set of thousands of prompts
  // would spend most of its publication in the general way.
  const pairs = JSON.stringify(sorted);
  return textSha256(`{"dependencies":${canonicalJson({ ...dependencies })},"prompts":${pairs}}`);
}

function bySlug([a = '']: string[], [b = '']: string[]): number {
  // By code units as RFC 8785 sorts keys, never by a locale.
  return a < b ? -1 : a > b ? 1 : 0;
}

type Normal = { [key: string]: JsonValue };

function normalMessage(message: ChatMessage): Normal {
  if ('placeholder' in message) return { placeholder: message.placeholder };
  return { role: message.role, content: message.content };
}

function normalParameter(parameter: Parameter): Normal {
  const normal: Normal = { name: parameter.name, ...normalShape(parameter), required: parameter.required };
  const value = parameter.default;
  if (!parameter.required && value !== undefined && value !== null) normal.default = value;
  if (parameter.deprecated) normal.deprecated = parameter.deprecated;
  return normal;
}

function normalShape(shape: ValueShape): Normal {
  const normal: Normal = { type: shape.type };
  if (shape.description) normal.description = shape.description;
  if (shape.enum && (shape.type === 'string' || shape.type === 'number')) normal.enum = [...shape.enum];
  if (shape.fields && shape.type === 'object') normal.fields = shape.fields.map(normalParameter);
  if (shape.items && shape.type === 'list') normal.items = normalShape(shape.items);
  return normal;
}
