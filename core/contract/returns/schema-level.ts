import { canonicalJson } from '../../checksum.ts';
import { isPlainObject, own } from '../../json.ts';
import type { JsonObject, JsonValue } from '../../prompt.ts';
import { isAnnotation, kindOf, KINDS, kindsOfType, LIMITS, type Kind } from './keywords.ts';
import { resolve, type SchemaDocument } from './references.ts';

/** The rules of one level of a schema, with references followed. */
export interface SchemaLevel {
  /** The kinds of values that are allowed; all of them when the schema says none. */
  kinds: ReadonlySet<Kind>;
  /** The allowed values by their canonical JSON, from `enum` or `const`. */
  values: ReadonlyMap<string, JsonValue> | undefined;
  required: ReadonlySet<string>;
  properties: ReadonlyMap<string, JsonValue>;
  /** The schema of properties that aren't declared; `true` when the schema says nothing. */
  additional: JsonValue;
  /** The schema of items; `true` when the schema says nothing. */
  items: JsonValue;
  /** The keywords of `LIMITS` that exclude something. */
  limits: ReadonlyMap<string, JsonValue>;
  /** Keywords whose meaning isn't judged. */
  unjudged: ReadonlyMap<string, JsonValue>;
  /** Whether null is allowed beside what the keywords say. */
  hasNullBranch: boolean;
  /** Whether it says what undeclared properties, or items, are: other keywords ask for that. */
  says: { additional: boolean; items: boolean };
}

type Draft = { -readonly [Key in keyof SchemaLevel]: SchemaLevel[Key] };

function anything(): Draft {
  return {
    kinds: new Set(KINDS),
    values: undefined,
    required: new Set(),
    properties: new Map(),
    additional: true,
    items: true,
    limits: new Map(),
    unjudged: new Map(),
    hasNullBranch: false,
    says: { additional: false, items: false },
  };
}

/** Whether a level allows every value. */
export function allowsEverything(level: SchemaLevel): boolean {
  const isPlain =
    level.kinds.size === KINDS.length && !level.values && level.additional === true && level.items === true;
  return (
    isPlain &&
    [level.required, level.properties, level.limits, level.unjudged].every(({ size }) => size === 0)
  );
}

/** Reads one level of a schema. What it can't read is among `unjudged`. */
export function readLevel(schema: JsonValue, document: SchemaDocument): SchemaLevel {
  const resolved = resolve(schema, document);
  if (resolved === true) return anything();
  if (resolved === false) return { ...anything(), kinds: new Set() };
  if (!isPlainObject(resolved)) return { ...anything(), unjudged: new Map([['schema', resolved]]) };
  return readAlternatives(resolved, document) ?? readKeywords(resolved);
}

/**
 * Reads `anyOf` and `oneOf` where they only list types, or allow null beside one schema, as Pydantic and zod write
 * optional values.
 */
function readAlternatives(schema: JsonObject, document: SchemaDocument): SchemaLevel | undefined {
  const said = Object.keys(schema).filter((key) => !isAnnotation(key, schema[key] as JsonValue));
  const [keyword] = said;
  if (said.length !== 1 || (keyword !== 'anyOf' && keyword !== 'oneOf')) return undefined;
  const branches = schema[keyword];
  if (!Array.isArray(branches) || branches.length === 0) return undefined;

  const types = branches.map(readOnlyType);
  if (types.every((one) => one !== undefined)) {
    const listed = types.flatMap((one) => [...one]);
    const kinds = new Set(listed);
    // With oneOf, a value that two branches allow is allowed by neither.
    return keyword === 'anyOf' || kinds.size === listed.length ? { ...anything(), kinds } : undefined;
  }
  const others = branches.filter((_, index) => !isNull(types[index]));
  const [only] = others;
  if (branches.length !== 2 || others.length !== 1 || only === undefined) return undefined;
  // A branch that is another choice is left to `unjudged`, so that reading ends.
  const target = resolve(only, document);
  if (isPlainObject(target) && (Object.hasOwn(target, 'anyOf') || Object.hasOwn(target, 'oneOf')))
    return undefined;
  const level = readLevel(target, document);
  if (keyword === 'oneOf' && level.kinds.has('null')) return undefined;
  const values = level.values && new Map([...level.values, ['null', null] as const]);
  return { ...level, kinds: new Set([...level.kinds, 'null']), values, hasNullBranch: true };
}

/** The kinds of a schema that says a type and nothing else. */
function readOnlyType(schema: JsonValue): Set<Kind> | undefined {
  if (!isPlainObject(schema) || schema.type === undefined) return undefined;
  const isOnly = Object.entries(schema).every(([key, value]) => key === 'type' || isAnnotation(key, value));
  return isOnly ? kindsOfType(schema.type) : undefined;
}

function isNull(kinds: ReadonlySet<Kind> | undefined): boolean {
  return kinds?.size === 1 && kinds.has('null');
}

function readKeywords(schema: JsonObject): SchemaLevel {
  const level = anything();
  const limits = new Map<string, JsonValue>();
  const unjudged = new Map<string, JsonValue>();
  for (const [key, value] of Object.entries(schema)) {
    if (isAnnotation(key, value) || readKeyword(level, key, value)) continue;
    const limit = LIMITS.get(key);
    if (!limit?.isWellFormed(value)) unjudged.set(key, value);
    else if (!limit.isEmpty?.(value)) limits.set(key, value);
  }
  if (schema.nullable === true && Object.hasOwn(schema, 'type'))
    level.kinds = new Set([...level.kinds, 'null']);
  level.limits = limits;
  level.unjudged = unjudged;
  const isClosed = level.additional === false && !unjudged.has('patternProperties');
  if (isClosed && [...level.required].some((name) => !level.properties.has(name))) {
    // No object has a property that may not be there.
    level.kinds = new Set([...level.kinds].filter((kind) => kind !== 'object'));
  }
  return narrowToValues(level, schema);
}

/** @returns false when the keyword is another one, or has another form */
function readKeyword(level: Draft, key: string, value: JsonValue): boolean {
  switch (key) {
    case 'type': {
      const kinds = kindsOfType(value);
      if (kinds) level.kinds = kinds;
      return kinds !== undefined;
    }
    case 'nullable':
      return typeof value === 'boolean';
    case 'enum':
      return Array.isArray(value);
    case 'const':
      return true;
    case 'required':
      if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) return false;
      level.required = new Set(value);
      return true;
    case 'properties':
      if (!isPlainObject(value)) return false;
      level.properties = new Map(Object.entries(value));
      return true;
    case 'additionalProperties':
      level.additional = value;
      level.says = { ...level.says, additional: true };
      return true;
    case 'items':
      if (Array.isArray(value)) return false;
      level.items = value;
      level.says = { ...level.says, items: true };
      return true;
    default:
      return false;
  }
}

/** Takes out the values that the type excludes, and the kinds of which there is no value. */
function narrowToValues(level: SchemaLevel, schema: JsonObject): SchemaLevel {
  const listed = own(schema, 'enum') as JsonValue | undefined;
  const constant = own(schema, 'const') as JsonValue | undefined;
  if (!Array.isArray(listed) && constant === undefined) return level;
  let values = [...(Array.isArray(listed) ? listed : [constant as JsonValue])];
  if (Array.isArray(listed) && constant !== undefined) {
    values = values.filter((one) => canonicalJson(one) === canonicalJson(constant));
  }
  values = values.filter((one) => level.kinds.has(kindOf(one)));
  return {
    ...level,
    kinds: new Set(values.map(kindOf)),
    values: new Map(values.map((one) => [canonicalJson(one), one])),
  };
}
