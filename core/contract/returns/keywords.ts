import type { JsonValue } from '../../prompt.ts';

/**
 * The keywords of JSON Schema (draft 2020-12, `nullable` of OpenAPI 3.0) by what a comparison makes of them. A keyword
 * that is in no table isn't judged.
 */

const isText = (value: JsonValue): boolean => typeof value === 'string';
const isBoolean = (value: JsonValue): boolean => typeof value === 'boolean';

/** Keywords that say nothing about which values are allowed, with the form that they have. */
const ANNOTATIONS: ReadonlyMap<string, (value: JsonValue) => boolean> = new Map<
  string,
  (value: JsonValue) => boolean
>([
  ...['title', 'description', '$comment', '$schema', '$id', '$anchor'].map((key) => [key, isText] as const),
  ...['deprecated', 'readOnly', 'writeOnly'].map((key) => [key, isBoolean] as const),
  ...['default', 'examples', 'example', '$defs', 'definitions'].map((key) => [key, () => true] as const),
]);

export function isAnnotation(key: string, value: JsonValue): boolean {
  return ANNOTATIONS.get(key)?.(value) ?? key.startsWith('x-');
}

/** Disjoint kinds of values: `number` in a schema is `integer` and `fraction` here. */
export type Kind = 'null' | 'boolean' | 'string' | 'integer' | 'fraction' | 'array' | 'object';
export const KINDS: readonly Kind[] = ['null', 'boolean', 'string', 'integer', 'fraction', 'array', 'object'];

const KINDS_OF_TYPE: ReadonlyMap<JsonValue, readonly Kind[]> = new Map<JsonValue, readonly Kind[]>([
  ...(['null', 'boolean', 'string', 'integer', 'array', 'object'] as const).map(
    (kind) => [kind, [kind]] as const,
  ),
  ['number', ['integer', 'fraction']],
]);

/** @returns undefined when the value of `type` isn't a type, or a list of types */
export function kindsOfType(type: JsonValue): Set<Kind> | undefined {
  const kinds = new Set<Kind>();
  for (const name of Array.isArray(type) ? type : [type]) {
    const named = KINDS_OF_TYPE.get(name);
    if (!named) return undefined;
    for (const kind of named) kinds.add(kind);
  }
  return kinds;
}

export function kindOf(value: JsonValue): Kind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction';
  if (typeof value === 'boolean' || typeof value === 'string') return typeof value as 'boolean' | 'string';
  return 'object';
}

interface Limit {
  /** The values that the limit is about; it allows all others. */
  kinds: readonly Kind[];
  isWellFormed: (limit: JsonValue) => boolean;
  /** Whether the limit allows every value. */
  isEmpty?: (limit: JsonValue) => boolean;
  /** Whether a limit allows only values that another one allows; without it only equal limits can be compared. */
  isWithin?: (narrow: number, wide: number) => boolean;
  /** Whether a value of these kinds meets the limit; without it that can't be told. */
  isMetBy?: (value: JsonValue, limit: number) => boolean;
}

const NUMBERS: readonly Kind[] = ['integer', 'fraction'];
const isNumber = (value: JsonValue) => typeof value === 'number';
const isCount = (value: JsonValue) => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isZero = (limit: JsonValue) => limit === 0;
const atLeast = (one: number, other: number) => one >= other;
const atMost = (one: number, other: number) => one <= other;

/** Characters, items or properties, as JSON Schema counts them. */
function sizeOf(value: JsonValue): number {
  if (typeof value === 'string') return [...value].length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

function minimumSize(kind: Kind): Limit {
  const isMetBy = (value: JsonValue, limit: number) => sizeOf(value) >= limit;
  return { kinds: [kind], isWellFormed: isCount, isEmpty: isZero, isWithin: atLeast, isMetBy };
}

function maximumSize(kind: Kind): Limit {
  const isMetBy = (value: JsonValue, limit: number) => sizeOf(value) <= limit;
  return { kinds: [kind], isWellFormed: isCount, isWithin: atMost, isMetBy };
}

function numberLimit(isWithin: Limit['isWithin'], isMet: (value: number, limit: number) => boolean): Limit {
  const isMetBy = (value: JsonValue, limit: number) => isMet(value as number, limit);
  return { kinds: NUMBERS, isWellFormed: isNumber, isWithin, isMetBy };
}

/** Keywords that exclude some values of a kind. */
export const LIMITS: ReadonlyMap<string, Limit> = new Map<string, Limit>([
  ['minimum', numberLimit(atLeast, (value, limit) => value >= limit)],
  ['maximum', numberLimit(atMost, (value, limit) => value <= limit)],
  ['exclusiveMinimum', numberLimit(atLeast, (value, limit) => value > limit)],
  ['exclusiveMaximum', numberLimit(atMost, (value, limit) => value < limit)],
  ['multipleOf', { kinds: NUMBERS, isWellFormed: (limit) => typeof limit === 'number' && limit > 0 }],
  ['minLength', minimumSize('string')],
  ['maxLength', maximumSize('string')],
  ['minItems', minimumSize('array')],
  ['maxItems', maximumSize('array')],
  ['minProperties', minimumSize('object')],
  ['maxProperties', maximumSize('object')],
  ['pattern', { kinds: ['string'], isWellFormed: isText }],
  ['format', { kinds: KINDS, isWellFormed: isText }],
  ['uniqueItems', { kinds: ['array'], isWellFormed: isBoolean, isEmpty: (limit) => limit === false }],
]);
