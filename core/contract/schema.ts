import { equalJson, isPlainObject, own } from '../json.ts';
import type { JsonObject, JsonValue } from '../prompt.ts';

/**
 * What of a JSON Schema is part of the contract: the names of properties, their types, and which are required. A
 * schema, or a part of one, that says its shape by other means isn't judged.
 */

/** Words that say what a value is beside names, types and required. */
const OTHER_MEANS = [
  ...['$ref', '$dynamicRef', 'allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else'],
  ...['patternProperties', 'prefixItems', 'dependentRequired', 'dependentSchemas', 'dependencies'],
];

export interface Schema {
  /** Sorted; empty when it doesn't say. */
  types: string[];
  required: Set<string>;
  properties: Map<string, JsonValue>;
  /** Without it the items of a list may be anything. */
  items: JsonValue;
}

/** Reads one level of a schema. @returns undefined when it isn't judged */
export function readSchema(schema: JsonValue): Schema | undefined {
  if (!isPlainObject(schema) || OTHER_MEANS.some((word) => Object.hasOwn(schema, word))) return undefined;
  const types = namesOf(typeof schema.type === 'string' ? [schema.type] : schema.type);
  const required = namesOf(schema.required);
  const { properties = {}, items = {} } = schema;
  if (!types || !required || !isPlainObject(properties)) return undefined;
  return { types, required: new Set(required), properties: new Map(Object.entries(properties)), items };
}

/** Reads a whole schema, which says a type or properties, else it is something around a schema. */
export function readRoot(schema: JsonValue): Schema | undefined {
  const says =
    isPlainObject(schema) && (Object.hasOwn(schema, 'type') || Object.hasOwn(schema, 'properties'));
  return says ? readSchema(schema) : undefined;
}

/** The judged part of a schema in one writing, for comparing it whole; a part that isn't judged is null. */
export function judgedPart(schema: JsonValue): JsonValue {
  const read = readSchema(schema);
  if (!read) return null;
  const properties = [...read.properties].map(([name, value]): [string, JsonValue] => [
    name,
    judgedPart(value),
  ]);
  return {
    types: read.types,
    enum: (own(schema as JsonObject, 'enum') ?? null) as JsonValue,
    required: [...read.required],
    // Items end here when nothing is said of them: an empty schema has no items of its own.
    items: equalJson(read.items, {}) ? null : judgedPart(read.items),
    properties: Object.fromEntries(properties),
  };
}

/** Whether two schemas differ within a part that isn't judged. */
export function differUnjudged(before: JsonValue, after: JsonValue): boolean {
  if (equalJson(before, after)) return false;
  const [old, now] = [readSchema(before), readSchema(after)];
  if (!old || !now) return true;
  const shared = [...old.properties].filter(([name]) => now.properties.has(name));
  return (
    differUnjudged(old.items, now.items) ||
    shared.some(([name, value]) => differUnjudged(value, now.properties.get(name) ?? null))
  );
}

function namesOf(list: JsonValue | undefined): string[] | undefined {
  if (list === undefined) return [];
  if (!Array.isArray(list) || !list.every((name) => typeof name === 'string')) return undefined;
  return [...new Set(list)].sort();
}
