/** Reads the text of JSON data where JSON.parse would lose what was written: the digits of numbers, and places. */
import type { PathStep } from './json.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** A value inside of a JSON text. */
export interface JsonPlace {
  /** Valid during the call only: the same list is changed for the next value. */
  path: readonly PathStep[];
  begin: number;
  end: number;
}

/**
 * Calls `visit` for each value of a JSON text, the values inside of an object or list before the object or list.
 * Takes time proportional to the text's length.
 *
 * @param text valid JSON
 */
export function visitJson(text: string, visit: (place: JsonPlace) => void): void {
  const path: PathStep[] = [];
  const begins: number[] = [];
  let expectsKey = false;
  const close = (end: number) => {
    path.pop();
    visit({ path, begin: begins.pop() ?? 0, end });
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === OPEN_OBJECT || character === OPEN_LIST) {
      begins.push(at);
      expectsKey = character === OPEN_OBJECT;
      path.push(expectsKey ? '' : 0);
    } else if (character === CLOSE_OBJECT || character === CLOSE_LIST) {
      expectsKey = false;
      close(at + 1);
    } else if (character === COMMA) {
      const step = path.at(-1);
      expectsKey = typeof step === 'string';
      if (typeof step === 'number') path[path.length - 1] = step + 1;
    } else if (character === QUOTE) {
      const end = endOfString(text, at) + 1;
      if (end === 0) return;
      if (expectsKey) path[path.length - 1] = keyOf(text.slice(at, end));
      else visit({ path, begin: at, end });
      expectsKey = false;
      at = end - 1;
    } else if (isWordCharacter(character)) {
      const begin = at;
      while (isWordCharacter(text.charCodeAt(at + 1))) at += 1;
      visit({ path, begin, end: at + 1 });
    }
  }
}

/**
 * Returns where the string that begins at `start` is closed, or -1.
 *
 * @param text need not be valid JSON outside of the string
 */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}

/** Whether a character belongs to a number, `true`, `false` or `null`. */
function isWordCharacter(character: number): boolean {
  const isDigit = character >= 0x30 && character <= 0x39;
  const isLetter = (character >= 0x61 && character <= 0x7a) || (character >= 0x41 && character <= 0x5a);
  return isDigit || isLetter || character === MINUS || character === 0x2b || character === 0x2e;
}

function keyOf(written: string): string {
  return written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
}
