/**
 * What a form says in one field of text about a value that is no text: enums and defaults, and texts whose line breaks
 * a browser would change. What a field can't say is kept beside it (`kept`) and counts until somebody edits the field.
 */
import { findInexactNumbers, inexactNumber, isExactNumber } from '@anvil/core/exact-numbers';
import { equalJson, printPath } from '@anvil/core/json';
import type { JsonValue } from '@anvil/core/prompt';

/** Browsers send CR LF and editors keep LF: in a form a line ends with LF. */
export function toFieldText(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

/**
 * A text as it goes on from a form. An untouched text is the kept one; an edited one whose lines all ended with CR LF
 * ends them so again.
 */
export function readText(typed: string, kept: unknown): string {
  const text = toFieldText(typed);
  if (typeof kept !== 'string') return text;
  if (toFieldText(kept) === text) return kept;
  const onlyCrLf = kept.includes('\r\n') && !/[\r\n]/.test(kept.replaceAll('\r\n', ''));
  return onlyCrLf ? text.replaceAll('\n', '\r\n') : text;
}

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** The values that a parameter allows, one a line; as a JSON list where lines can't say them. */
export function writeEnum(type: string, values: readonly (string | number)[] | undefined): string {
  if (!values) return '';
  const lines = values.map(String).join('\n');
  return equalJson(readEnum(type, lines), values) ? lines : JSON.stringify(values);
}

/** @returns the values as they are meant, wrong ones too; `undefined` when any value is allowed */
export function readEnum(type: string, typed: string): (string | number)[] | undefined {
  const text = toFieldText(typed).trim();
  if (text === '') return undefined;
  const list = text.startsWith('[') ? parseJson(text) : undefined;
  if (isEnum(list) && findInexactNumbers(text).length === 0) return list;
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (type !== 'number') return lines;
  return lines.map((line) => (NUMBER.test(line) && isExactNumber(line) ? Number(line) : line));
}

/** Whether this is a list of strings and numbers, as enums are. */
export function isEnum(value: unknown): value is (string | number)[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' || typeof one === 'number');
}

/** A default: a string as it is, everything else as JSON. Nothing is no default. */
export function writeDefault(type: string, value: JsonValue | undefined): string {
  if (value === undefined) return '';
  if (type !== 'string' || typeof value !== 'string' || /[\r\n]/.test(value)) return JSON.stringify(value);
  const read = readDefault(type, value);
  return read.ok && read.value === value ? value : JSON.stringify(value);
}

export type ReadDefault = { ok: true; value: JsonValue | undefined } | { ok: false; message: string };

/** @returns the value, or the sentence that says how to write it */
export function readDefault(type: string, typed: string): ReadDefault {
  const text = toFieldText(typed);
  if (text.trim() === '') return { ok: true, value: text === '' || type !== 'string' ? undefined : text };
  const value = parseJson(text);
  if (type === 'string')
    return { ok: true, value: typeof value === 'string' || value === null ? value : text };
  const example = EXAMPLES[type] ?? '"text"';
  if (value === undefined)
    return { ok: false, message: `This isn’t JSON. Write it like ${example}, or leave it empty.` };
  const inexact = inexactSentence(text);
  return inexact === undefined ? { ok: true, value } : { ok: false, message: inexact };
}

/** @returns the sentence about the first number of a JSON text that would be rounded */
export function inexactSentence(text: string): string | undefined {
  const [first] = findInexactNumbers(text);
  if (!first) return undefined;
  const path = printPath(first.path);
  return inexactNumber(path === '' ? 'This value' : `\`${path}\``, first.source).replaceAll("'", '’');
}

const EXAMPLES: Record<string, string> = {
  number: '2.5',
  boolean: 'true',
  list: '["a", "b"]',
  object: '{ "name": "Ada" }',
  messages: '[]',
};

/** @returns `undefined` for what is no JSON */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
