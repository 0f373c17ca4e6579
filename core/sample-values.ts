/** Values made up for parameters, for lines to copy and previews: valid, and readable as an example. */
import { objectOf } from './json.ts';
import type { JsonObject, JsonValue, Parameter, ValueShape } from './prompt.ts';

/**
 * Makes values that pass `checkValues` strictly. The only warnings are those of required parameters that are deprecated.
 * Only what is required; with `optional` also what would be null otherwise and isn't deprecated.
 */
export function sampleValues(
  parameters: readonly Parameter[],
  options: { optional?: boolean } = {},
): JsonObject {
  const wanted = parameters.filter(
    ({ required, default: preset, deprecated }) =>
      required || (options.optional === true && (preset ?? null) === null && !deprecated),
  );
  return objectOf(
    wanted.map((parameter) => [parameter.name, sampleValue(parameter, parameter.name, options)]),
  );
}

/** A shape with what a sample needs: a number of items, or this very value. */
export type SampledShape = ValueShape & { itemCount?: number; sample?: string | number | boolean };

/** Makes one value of a shape; `name` is used where any text will do. */
export function sampleValue(
  shape: SampledShape,
  name: string,
  options: { optional?: boolean } = {},
): JsonValue {
  const first = shape.sample ?? shape.enum?.[0];
  if (first !== undefined) return first;
  switch (shape.type) {
    case 'string':
      return sampleText(name);
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'list':
      return shape.items
        ? Array<JsonValue>(shape.itemCount || 1).fill(sampleValue(shape.items, name, options))
        : [];
    case 'object':
      return shape.fields ? sampleValues(shape.fields, options) : {};
    case 'messages':
      return [{ role: 'user', content: 'Hello' }];
  }
}

/** Words for texts that most prompts ask for, by the last word of the name: `customer_name`, `orderDate`. */
const SAMPLE_TEXTS = new Map([
  ['name', 'Ada'],
  ['email', 'ada@example.com'],
  ['url', 'https://example.com'],
  ['link', 'https://example.com'],
  ['date', '2026-01-31'],
  ['time', '09:30'],
  ['locale', 'en'],
  ['language', 'English'],
  ['country', 'Iceland'],
  ['city', 'Reykjavik'],
  ['currency', 'EUR'],
]);

/** Any text that reads like an example of what its name says. */
function sampleText(name: string): string {
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .trim()
    .toLowerCase();
  return SAMPLE_TEXTS.get(words.split(' ').at(-1) ?? '') ?? `example ${words || 'text'}`;
}
