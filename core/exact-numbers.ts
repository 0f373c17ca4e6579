/**
 * Which numbers survive a call (product.md 4). JavaScript's numbers are IEEE 754 doubles: JSON.parse rounds the others
 * silently, so they have to be found in the text.
 */
import type { PathStep } from './json.ts';
import { visitJson } from './json-text.ts';

/** Any double is told from all others by 17 significant digits, and most other software prints at most these. */
const SIGNIFICANT_DIGITS_MAX = 17;

/** Finding more wouldn't help the caller. */
const FOUND_MAX = 100;

/** A number in the text of JSON data that would be rounded. */
export interface InexactNumber {
  path: PathStep[];
  /** The number as it was written. */
  source: string;
}

/**
 * Whether a number keeps its value: finite, within ±(2^53 − 1), at most 17 significant digits, and not so small that it
 * becomes 0.
 *
 * @param source a number of JSON
 */
export function isExactNumber(source: string): boolean {
  const value = Number(source);
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  const digits = significantDigits(source);
  return digits <= SIGNIFICANT_DIGITS_MAX && (value !== 0 || digits === 0);
}

/** Counts the digits between the first and the last that isn't 0. */
function significantDigits(source: string): number {
  let [count, first, last] = [0, 0, -1];
  for (const character of source) {
    if (character === 'e' || character === 'E') break;
    if (character < '0' || character > '9') continue;
    if (character !== '0') {
      if (last === -1) first = count;
      last = count;
    }
    count += 1;
  }
  return last === -1 ? 0 : last - first + 1;
}

/** Texts without a match have only exact numbers. Most texts don't match, and then nothing else is read. */
const SUSPICIOUS = /[0-9.]{16}|[0-9][eE]/;

/**
 * Finds the numbers of a JSON text that JavaScript would round, at most 100.
 *
 * @param text valid JSON
 */
export function findInexactNumbers(text: string): InexactNumber[] {
  const found: InexactNumber[] = [];
  if (!SUSPICIOUS.test(text)) return found;
  visitJson(text, ({ path, begin, end }) => {
    if (found.length === FOUND_MAX || !/[-0-9]/.test(text.charAt(begin))) return;
    const source = text.slice(begin, end);
    if (!isExactNumber(source)) found.push({ path: [...path], source });
  });
  return found;
}

/**
 * The sentence for a number that would be rounded.
 *
 * @param name how the value is called, such as `` `order.id` ``
 */
export function inexactNumber(name: string, source: string): string {
  const shown = source.length > 40 ? `${source.slice(0, 40)}…` : source;
  return `${name} is ${shown}, which a number can't hold exactly. Give it as text.`;
}
