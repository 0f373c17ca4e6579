/** Values of generated calls: valid by the parameters, and rich where the templates read. */
import { objectOf } from '../json.ts';
import type { JsonObject, JsonValue, Parameter, ValueShape } from '../prompt.ts';
import { checkValue } from '../value.ts';
import type { Random } from './random.ts';

/** A key, or `null` for any item of a list. */
export type PathStep = string | number | null;

/** The parts of an open value that templates read. */
export interface Hint {
  fields: Map<string, Hint>;
  items?: Hint;
  /** Constants that templates compare the value with. */
  compared?: readonly JsonValue[];
}

/** The share of the optional values that a call gives. */
export type Richness = 'full' | 'required' | 'empty' | 'random';

export interface ValueSource {
  random: Random;
  /** Texts and numbers that the templates compare with. */
  literals: readonly JsonValue[];
}

const TEXTS = ['x', '', 'a,b', 'Ada', '2026-01-31', '3'];
const NUMBERS = [1, 0, 2, -1, 2.5, 10];

/** A place of a value that templates compare with constants. */
export interface ComparedPlace {
  path: readonly PathStep[];
  values: readonly JsonValue[];
}

export function hintsOf(
  paths: readonly (readonly PathStep[])[],
  compared: readonly ComparedPlace[] = [],
): Hint {
  const root: Hint = { fields: new Map() };
  for (const path of paths) hintAt(root, path);
  for (const { path, values } of compared) {
    const hint = hintAt(root, path);
    hint.compared = [...(hint.compared ?? []), ...values];
  }
  return root;
}

function hintAt(root: Hint, path: readonly PathStep[]): Hint {
  let at = root;
  for (const step of path) {
    if (typeof step === 'string') {
      const next = at.fields.get(step) ?? { fields: new Map() };
      at.fields.set(step, next);
      at = next;
    } else at = at.items ??= { fields: new Map() };
  }
  return at;
}

export function makeFields(
  fields: readonly Parameter[],
  hint: Hint | undefined,
  richness: Richness,
  source: ValueSource,
): JsonObject {
  const entries: [string, JsonValue][] = [];
  for (const field of fields) {
    if (!field.required) {
      if (richness === 'required' || richness === 'empty') continue;
      if (richness === 'random' && source.random.oneIn(3)) {
        if (source.random.oneIn(2)) entries.push([field.name, null]);
        continue;
      }
    }
    entries.push([field.name, makeValue(field, hint?.fields.get(field.name), richness, source)]);
  }
  return objectOf(entries);
}

function makeValue(
  shape: ValueShape,
  hint: Hint | undefined,
  richness: Richness,
  source: ValueSource,
): JsonValue {
  const { random, literals } = source;
  const isPlain = richness !== 'random';
  const compared = pickCompared(hint, richness, random);
  if (compared !== undefined && checkValue(shape, compared).length === 0) return compared;
  if (shape.enum) return isPlain ? (shape.enum[0] as JsonValue) : random.pick(shape.enum);
  switch (shape.type) {
    case 'string': {
      if (isPlain) return richness === 'empty' ? '' : 'x';
      return random.pick([...TEXTS, ...literals.filter((value) => typeof value === 'string')]);
    }
    case 'number':
      if (isPlain) return richness === 'empty' ? 0 : 1;
      return random.pick([...NUMBERS, ...literals.filter((value) => typeof value === 'number')]);
    case 'boolean':
      return isPlain ? richness === 'full' : random.oneIn(2);
    case 'list':
      return makeList(richness, source, () =>
        shape.items
          ? makeValue(shape.items, hint?.items, richness, source)
          : makeOpen(hint?.items, richness, source),
      );
    case 'object':
      return shape.fields
        ? makeFields(shape.fields, hint, richness, source)
        : makeOpenObject(hint, richness, source);
    case 'messages':
      return makeList(richness, source, () => ({ role: 'user', content: 'x' }));
  }
}

/** Half of the random values are ones that a template compares the place with. */
function pickCompared(hint: Hint | undefined, richness: Richness, random: Random): JsonValue | undefined {
  const values = richness === 'random' ? (hint?.compared ?? []) : [];
  return values.length > 0 && random.oneIn(2) ? random.pick(values) : undefined;
}

function makeList(richness: Richness, { random }: ValueSource, item: () => JsonValue): JsonValue[] {
  const lengths = { full: 2, required: 1, empty: 0, random: random.below(4) };
  // An item of a list is never null.
  return Array.from({ length: lengths[richness] }, () => item() ?? 'x');
}

function makeOpenObject(hint: Hint | undefined, richness: Richness, source: ValueSource): JsonObject {
  if (richness === 'empty') return {};
  const read = [...(hint?.fields ?? [])].filter(() => richness !== 'random' || !source.random.oneIn(3));
  const entries = read.map(([name, inner]): [string, JsonValue] => [name, makeOpen(inner, richness, source)]);
  if (richness === 'random' && source.random.oneIn(4)) entries.push(['other', 'x']);
  return objectOf(entries);
}

/** A value that nothing declares. */
function makeOpen(hint: Hint | undefined, richness: Richness, source: ValueSource): JsonValue {
  const { random, literals } = source;
  const compared = pickCompared(hint, richness, random);
  if (compared !== undefined) return compared;
  const isRead = hint && (hint.items || hint.fields.size > 0);
  if (isRead && (richness !== 'random' || !random.oneIn(5))) {
    const asList = hint.items && (hint.fields.size === 0 || (richness === 'random' && random.oneIn(2)));
    return asList
      ? makeList(richness, source, () => makeOpen(hint.items, richness, source))
      : makeOpenObject(hint, richness, source);
  }
  if (richness !== 'random') return richness === 'empty' ? '' : 'x';
  const plain = [...TEXTS, ...NUMBERS, ...literals, ...literals, true, false];
  switch (random.below(10)) {
    case 0:
      return null;
    case 1:
      return [];
    case 2:
      return {};
    case 3:
      return [random.pick(plain)];
    case 4:
      return { a: random.pick(plain) };
    default:
      return random.pick(plain);
  }
}
