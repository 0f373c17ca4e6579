/**
 * Checks the text of a prompt's `config`. It is kept byte for byte, so it has to mean the same to every reader:
 * a JSON object by RFC 8259, no key twice in an object, strings that can be stored, numbers that have a value.
 */
import { VALUE_BOUNDS } from './json.ts';
import type { JsonObject } from './prompt.ts';
import { isStorableText } from './text.ts';

/** Lines and columns count from 1, columns in UTF-16 units. */
export type CheckedConfig =
  { ok: true; value: JsonObject } | { ok: false; message: string; line: number; column: number };

interface Fault {
  at: number;
  message: string;
}
type Step = Fault | undefined;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /[A-Za-z0-9_$+.-]+/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y; // eslint-disable-line no-control-regex -- JSON forbids exactly these in strings
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]*/y;

/**
 * Checks that a text is a JSON object without a key twice, nested at most 100 deep, and gives its value.
 * @returns the value, or a sentence with the place it speaks of
 */
export function checkConfigText(text: string): CheckedConfig {
  const fault = scanText(text);
  if (fault === undefined) return { ok: true, value: JSON.parse(text) as JsonObject };
  return { ok: false, message: fault.message, ...placeOf(text, fault.at) };
}

function scanText(text: string): Step {
  let at = 0;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const fail = (message: string, place = at): Fault => ({ at: place, message });

  const scanValue = (depth: number): Step => {
    const next = text[at];
    if (next === '{') return scanObject(depth);
    if (next === '[') return scanList(depth);
    if (next === '"') return scanString();
    return scanWord();
  };

  const scanObject = (depth: number): Step => {
    const keys = new Set<string>();
    return scanItems('}', depth, () => {
      const start = at;
      if (text[at] !== '"') return fail(unexpected(text, at, 'a key in double quotes'));
      const wrong = scanString();
      if (wrong) return wrong;
      // Compared as they read, not as they are written: "a" and "\u0061" are one key.
      const key = JSON.parse(text.slice(start, at)) as string;
      if (keys.has(key))
        return fail(`The key ${shown(key)} is there twice in one object. Remove one.`, start);
      keys.add(key);
      match(SPACE);
      if (text[at] !== ':') return fail(unexpected(text, at, `a colon after the key ${shown(key)}`));
      at += 1;
      match(SPACE);
      return scanValue(depth + 1);
    });
  };

  const scanList = (depth: number): Step => scanItems(']', depth, () => scanValue(depth + 1));

  const scanItems = (close: '}' | ']', depth: number, scanItem: () => Step): Step => {
    if (depth > VALUE_BOUNDS.depth)
      return fail(`This is nested more than ${VALUE_BOUNDS.depth} deep. Make it flatter.`);
    at += 1;
    match(SPACE);
    if (text[at] === close) {
      at += 1;
      return undefined;
    }
    for (;;) {
      const wrong = scanItem();
      if (wrong) return wrong;
      match(SPACE);
      if (text[at] === close) {
        at += 1;
        return undefined;
      }
      if (text[at] !== ',') return fail(unexpected(text, at, `a comma or ${close}`));
      const comma = at;
      at += 1;
      match(SPACE);
      if (text[at] === close) return fail(`JSON has no comma before ${close}. Remove it.`, comma);
    }
  };

  const scanString = (): Step => {
    const start = at;
    at += 1;
    for (;;) {
      match(PLAIN);
      const next = text[at];
      if (next === '"') break;
      if (next === undefined) return fail('This string is not closed: a double quote is missing.', start);
      if (next !== '\\')
        return fail('A line break, tab or control character stands in a string. Write \\n or \\t.');
      if (match(ESCAPE) === undefined)
        return fail('This escape is not JSON. A backslash itself is written \\\\.');
    }
    at += 1;
    const storable = isStorableText(JSON.parse(text.slice(start, at)) as string);
    return storable
      ? undefined
      : fail('This string contains an invalid Unicode character or NUL. Remove it.', start);
  };

  const scanWord = (): Step => {
    const start = at;
    const word = match(WORD);
    if (word === 'true' || word === 'false' || word === 'null') return undefined;
    at = start;
    if (word === undefined || match(NUMBER) !== word)
      return fail(unexpected(text, start, 'a JSON value'), start);
    const finite = Number.isFinite(Number(word));
    return finite ? undefined : fail(`${word} is larger than numbers can be. Write it as a string.`, start);
  };

  match(SPACE);
  if (text[at] !== '{')
    return fail('Config is a JSON object: it begins with { and ends with }. Write {} when there is none.');
  const wrong = scanValue(1);
  if (wrong) return wrong;
  match(SPACE);
  return at < text.length ? fail('Something stands after the end of the object. Remove it.') : undefined;
}

function unexpected(text: string, at: number, wanted: string): string {
  if (at >= text.length) return `The text ends too early: ${wanted} is missing.`;
  if (text.startsWith('//', at) || text.startsWith('/*', at)) return 'JSON has no comments. Remove this one.';
  if (text[at] === "'") return 'JSON is written with double quotes, not single ones.';
  WORD.lastIndex = at;
  const found = WORD.exec(text)?.[0] ?? String.fromCodePoint(text.codePointAt(at) ?? 0);
  return `Here stands ${shown(found)}, but ${wanted} is needed.`;
}

/** Short and on one line, whatever it is. */
function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function placeOf(text: string, at: number): { line: number; column: number } {
  const lines = text.slice(0, at).split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
