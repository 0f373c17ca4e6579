/** Smaller calls that may still show the same failure. */
import { equalJson } from '../json.ts';
import type { JsonObject, JsonValue } from '../prompt.ts';
import { placesIn, replaceAt } from './calls.ts';

/** Values that say as little as possible. */
const SMALLEST: readonly JsonValue[] = [[], 'x', 1];

/**
 * Lists the calls that are one step smaller: without a key or an item, then with a value replaced by `[]`, `"x"` or `1`. The
 * greatest steps come first.
 */
export function smallerCalls(call: JsonObject): JsonObject[] {
  const places = placesIn(call, []).sort((a, b) => a.length - b.length);
  const without = places.map((place) => replaceAt(call, place, undefined) as JsonObject);
  const replaced = places.flatMap((place) => {
    const value = valueAt(call, place);
    if (SMALLEST.some((small) => equalJson(small, value))) return [];
    return SMALLEST.filter((small) => isSmaller(small, value)).map(
      (small) => replaceAt(call, place, small) as JsonObject,
    );
  });
  return [...without, ...replaced];
}

function isSmaller(small: JsonValue, value: JsonValue | undefined): boolean {
  return JSON.stringify(small).length < JSON.stringify(value ?? null).length;
}

function valueAt(value: JsonValue, [step, ...rest]: readonly (string | number)[]): JsonValue | undefined {
  if (step === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const inner = (value as Record<string | number, JsonValue>)[step];
  return inner === undefined ? undefined : valueAt(inner, rest);
}
