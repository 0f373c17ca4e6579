/** Names of parameters and fields. */
import { withPlainLetters } from './text.ts';

/** The longest name, in UTF-16 units. */
export const NAME_LENGTH_MAX = 100;

/** Words that Liquid reads as values or operators, and the one key that means something else in JavaScript. */
export const RESERVED_NAMES: readonly string[] = [
  ...['nil', 'null', 'true', 'false', 'empty', 'blank', 'and', 'or', 'not', 'contains', '__proto__'],
];

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Whether a string consists of the characters of a name and begins like one. */
export function hasNameCharacters(name: string): boolean {
  return NAME.test(name);
}

/** Whether a string can name a parameter or field. */
export function isParameterName(name: string): boolean {
  return NAME.test(name) && name.length <= NAME_LENGTH_MAX && !RESERVED_NAMES.includes(name);
}

/** `Brand's core product` → `Brands_core_product`; without a letter or digit → `value`; `2nd` → `value_2nd`. */
export function toParameterName(original: string): string {
  const letters = original
    .slice(0, NAME_LENGTH_MAX)
    .normalize('NFKD')
    .replace(/[\p{M}'’]/gu, '');
  const plain = withPlainLetters(letters)
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .slice(0, NAME_LENGTH_MAX - 10);
  if (plain === '') return 'value';
  return isParameterName(plain) ? plain : `value_${plain}`;
}
