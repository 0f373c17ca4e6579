/**
 * What counts as JSON data, and when two pieces of it are equal. Values reach templates, where a function,
 * a getter or a class instance would run code, so everything is looked at by own properties only.
 */
import type { JsonObject, JsonValue } from './prompt.ts';
import { isStorableText } from './text.ts';

/** A key of an object or an index of a list. */
export type PathStep = string | number;

/** How much JSON data may be taken in at once. */
export interface JsonBounds {
  /** Objects and lists inside each other. */
  depth: number;
  /** Values in all, those inside objects and lists included. */
  count: number;
}

/** More than fits into 256 kB of JSON text, and no deeper than a stack carries with ease. */
export const VALUE_BOUNDS: JsonBounds = { depth: 100, count: 262_144 };

export interface JsonFault {
  path: PathStep[];
  rule: 'not_json' | 'not_finite' | 'malformed_text' | 'too_deep' | 'too_many';
}

/** Whether a value is an object as JSON makes them: no list, no class instance. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/**
 * Whether two pieces of JSON data mean the same: the order of keys doesn't matter, and a key with `undefined`
 * counts as absent, as in JSON text.
 */
export function equalJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => equalJson(item, right[index]));
  }
  if (!isPlainObject(left) || !isPlainObject(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => equalJson(own(left, key), own(right, key)));
}

/** The own property of an object, else undefined: never what its prototype has. */
export function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Makes an object of entries; a key `__proto__` becomes an ordinary key. */
export function objectOf(entries: Iterable<readonly [string, JsonValue]>): JsonObject {
  return Object.fromEntries<JsonValue>(entries);
}

/**
 * Finds what is no JSON data in a value: functions, instances, NaN, cycles, unstorable strings. A key whose
 * value is `undefined` counts as absent. Stops at the first piece that goes beyond the bounds.
 */
export function findJsonFaults(value: unknown, bounds: JsonBounds = VALUE_BOUNDS): JsonFault[] {
  const faults: JsonFault[] = [];
  const path: PathStep[] = [];
  let left = bounds.count;
  let stopped = false;

  const found = (rule: JsonFault['rule']) => {
    faults.push({ path: [...path], rule });
    stopped ||= rule === 'too_deep' || rule === 'too_many';
  };
  const visitAt = (step: PathStep, inner: unknown) => {
    path.push(step);
    visit(inner);
    path.pop();
  };
  const visit = (current: unknown): void => {
    if (stopped) return;
    left -= 1;
    if (left < 0) return found('too_many');
    if (current === null || typeof current === 'boolean') return;
    if (typeof current === 'string') return isStorableText(current) ? undefined : found('malformed_text');
    if (typeof current === 'number') return Number.isFinite(current) ? undefined : found('not_finite');
    const isList = Array.isArray(current);
    if (!isList && !isPlainObject(current)) return found('not_json');
    if (path.length >= bounds.depth) return found('too_deep');
    if (isList) {
      // By index, not forEach: a hole in a list is undefined, which no JSON text can say.
      for (let index = 0; index < current.length && !stopped; index += 1) visitAt(index, current[index]);
      return;
    }
    for (const key of Object.keys(current)) {
      if (current[key] === undefined) continue;
      if (!isStorableText(key)) found('malformed_text');
      visitAt(key, current[key]);
    }
  };

  visit(value);
  return faults;
}

/** Writes a path as people read it: `order.items[3].price`. */
export function printPath(path: readonly PathStep[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}
