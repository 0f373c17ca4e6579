/** Collects what is wrong with values: one sentence for each place, and not more than a caller can use. */
import type { JsonFault, PathStep } from './json.ts';
import { isPlainObject, printPath } from './json.ts';
import { boundedMessage } from './text.ts';

export type ValueRule =
  | 'value.missing'
  | 'value.null'
  | 'value.wrong_type'
  | 'value.not_in_enum'
  | 'value.not_a_message'
  | 'value.unknown_name'
  | 'value.inexact_number'
  | 'value.deprecated'
  | `value.${JsonFault['rule']}`;

/** One thing about one value. */
export interface ValueNote {
  rule: ValueRule;
  /** `order.items[3].price`; empty when the values as a whole are meant. */
  path: string;
  /** A whole sentence that names the value. */
  message: string;
}

/** A caller is helped by the first hundred; more would only be a larger answer to a larger mistake. */
export const MAX_NOTES = 100;

/** How far a value was read, and what was found. */
export interface Reading {
  strict: boolean;
  path: PathStep[];
  errors: ValueNote[];
  warnings: ValueNote[];
}

export function startReading(strict: boolean): Reading {
  return { strict, path: [], errors: [], warnings: [] };
}

/** The sentence is made only when there is room for it: a wrong list of 50,000 items mustn't cost 50,000. */
export function note(
  reading: Reading,
  rule: ValueRule,
  sentence: (here: string) => string,
  to: ValueNote[] = reading.errors,
): void {
  if (to.length >= MAX_NOTES) return;
  const path = boundedMessage(printPath(reading.path));
  // One sentence a place is enough: NaN is no number because it is no JSON.
  if (to.some((other) => other.path === path)) return;
  to.push({ rule, path, message: boundedMessage(sentence(path === '' ? 'The value' : `\`${path}\``)) });
}

/** Runs `work` with a step added to the place. */
export function at<Result>(reading: Reading, step: PathStep, work: () => Result): Result {
  reading.path.push(step);
  const result = work();
  reading.path.pop();
  return result;
}

/** Names the allowed values, the first ten of them. */
export function oneOf(values: (string | number)[]): string {
  const shown = values.slice(0, 10).map((value) => JSON.stringify(value).slice(0, 100));
  const more = values.length > shown.length ? ` and ${values.length - shown.length} more` : '';
  return `${values.length > 1 ? 'one of ' : ''}${shown.join(', ')}${more}`;
}

/** Names what a value is. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (isPlainObject(value)) return 'an object';
  if (value === undefined) return 'nothing';
  const kinds: Record<string, string> = { string: 'a string', number: 'a number', boolean: 'true or false' };
  return kinds[typeof value] ?? 'something that is no JSON';
}
