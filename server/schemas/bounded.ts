import { z } from 'zod';
import type { JsonValue } from '@anvil/core/prompt';

// zod reads every item of a list before it counts them, and it reads nested data by recursion. A body of 8 MB holds
// millions of wrong items, each of which makes an issue of some hundred bytes, and 3,000 levels overflowed the stack. These
// schemas judge what a list or value costs before zod looks into it.

/** More levels than any valid value has (100, and those of the parameters around a default). */
const DEPTH_MAX = 200;
/** Values inside each other and beside each other; the default of one parameter has at most 10,000. */
const COUNT_MAX = 50_000;

const TOO_DEEP = `Nested too deeply: at most ${DEPTH_MAX} levels.`;

/**
 * As `z.array(item)`, with at most `max` items.
 *
 * @param empty what to say of an empty list; left out, it is allowed
 */
export function list<T extends z.ZodType>(item: T, max: number, empty?: string): z.ZodArray<T> {
  const message = `At most ${max.toLocaleString('en-GB')} items.`;
  const array = z.array(item).max(max);
  return judgedBefore(empty === undefined ? array : array.min(1, { error: empty }), (value) =>
    Array.isArray(value) && value.length > max ? message : undefined,
  );
}

/** As `list`, for items that hold items again. */
export function nestedList<T extends z.ZodType>(item: T, max: number): z.ZodArray<T> {
  return judgedBefore(list(item, max), (value) => {
    const cost = { values: 0 };
    if (isTooDeep(value, cost)) return TOO_DEEP;
    return cost.values > COUNT_MAX
      ? `At most ${COUNT_MAX.toLocaleString('en-GB')} values in all.`
      : undefined;
  });
}

/** Any JSON value. The data was parsed from JSON, so only its depth is checked. */
export function jsonValue(): z.ZodType<JsonValue, JsonValue> {
  const schema = z.any().refine((value) => !isTooDeep(value), { error: TOO_DEEP });
  return schema;
}

/**
 * A whole number, as a number or, from a query or a form, as its digits. Coercion alone would also take `true`, `[]`, `" 9 "`
 * and `0x10`.
 */
export function wholeNumber(min: number, max: number) {
  return judgedBefore(z.coerce.number<number | string>().int().min(min).max(max), (value) =>
    typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,9}$/.test(value))
      ? undefined
      : 'Expected a whole number.',
  );
}

/** @param judge returns what is wrong with the raw data, if anything is */
function judgedBefore<T extends z.ZodType>(schema: T, judge: (value: unknown) => string | undefined): T {
  const step = z.transform((value: unknown, context): unknown => {
    const message = judge(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
    return message === undefined ? value : z.NEVER;
  });
  // zod can't encode through a transform, but this one changes nothing: responses are encoded with the same schemas.
  const run = step._zod.run.bind(step._zod);
  step._zod.run = step._zod.parse = (payload, context) =>
    context.direction === 'backward' ? payload : run(payload, context);
  // zod skips the schema after an issue. In types and in JSON Schema this step is invisible.
  return z.pipe(step, schema) as unknown as T;
}

/** The recursion ends at the limit of levels, so it can't overflow the stack. */
function isTooDeep(value: unknown, cost = { values: 0 }, left = DEPTH_MAX): boolean {
  cost.values += 1;
  if (typeof value !== 'object' || value === null) return false;
  if (left === 0) return true;
  for (const inner of Array.isArray(value) ? (value as unknown[]) : Object.values(value)) {
    if (isTooDeep(inner, cost, left - 1)) return true;
  }
  return false;
}
