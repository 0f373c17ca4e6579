/** Random values that mostly fit a JSON Schema, and the parts of them that a changed schema speaks about. For tests. */
import type { Draw } from '../../parameter.arbitrary.ts';
import type { JsonObject, JsonValue } from '../../prompt.ts';
import { NAMES, NUMBERS, SCALARS, TEXTS, TYPES, pick } from './json-schema.arbitrary.ts';

/** A value that is made to fit the schema, and doesn't always. */
export function makeInstance(draw: Draw, schema: JsonValue, document: JsonObject, depth = 0): JsonValue {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return pick(draw, SCALARS);
  if (draw(24) === 23) return pick(draw, SCALARS);
  const inner = (one: JsonValue | undefined) => makeInstance(draw, one ?? true, document, depth + 1);
  if (typeof schema.$ref === 'string' && depth < 12) {
    const definitions = document.$defs as JsonObject;
    return inner(definitions[schema.$ref.slice('#/$defs/'.length)]);
  }
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    if (Array.isArray(schema[key]) && depth < 12) return inner(pick(draw, schema[key]));
  }
  if (Array.isArray(schema.enum) && draw(8) < 7) return pick(draw, schema.enum);
  if (schema.const !== undefined && draw(8) < 7) return schema.const;
  const types = schema.type === undefined ? TYPES : ([schema.type].flat() as string[]);
  switch (schema.nullable === true && draw(3) === 0 ? 'null' : pick(draw, types)) {
    case 'string':
      return pick(draw, TEXTS);
    case 'integer':
      return Math.trunc(pick(draw, NUMBERS));
    case 'number':
      return pick(draw, NUMBERS);
    case 'boolean':
      return draw(2) === 0;
    case 'array':
      return depth > 8 ? [] : Array.from({ length: draw(4) }, () => inner(schema.items));
    case 'object':
      return makeObjectInstance(draw, schema, inner, depth);
    default:
      return null;
  }
}

function makeObjectInstance(
  draw: Draw,
  schema: JsonObject,
  inner: (one: JsonValue | undefined) => JsonValue,
  depth: number,
): JsonObject {
  const properties = (schema.properties ?? {}) as JsonObject;
  const required = new Set((schema.required ?? []) as string[]);
  const isLeaf = depth > 8;
  const value: JsonObject = {};
  for (const [name, one] of Object.entries(properties)) {
    if (required.has(name) || (!isLeaf && draw(3) > 0)) value[name] = inner(one);
  }
  // `u` isn't declared, and an old name may be declared no longer.
  for (const name of isLeaf ? [] : ['u', ...NAMES]) {
    const isUndeclared = schema.additionalProperties !== false && !Object.hasOwn(properties, name);
    if (isUndeclared && draw(3) === 1) value[name] = inner(schema.additionalProperties);
  }
  return value;
}

/** A schema with the document that it refers to. */
interface Placed {
  schema: JsonValue;
  document: JsonObject;
}

/** The value without the properties that the new schema declares, in objects that the old schema closes without them. */
export function withoutNewProperties(value: JsonValue, old: Placed, now: Placed): JsonValue {
  const [before, after] = [effective(old), effective(now)];
  if (Array.isArray(value)) {
    const [oldItems, newItems] = [within(old, before.items), within(now, after.items)];
    return value.map((one) => withoutNewProperties(one, oldItems, newItems));
  }
  if (typeof value !== 'object' || value === null) return value;
  const oldProperties = (before.properties ?? {}) as JsonObject;
  const newProperties = (after.properties ?? {}) as JsonObject;
  const isClosed = effective(within(old, before.additionalProperties)) === NOTHING;
  const kept = Object.entries(value).filter(
    ([name]) => !isClosed || Object.hasOwn(oldProperties, name) || !Object.hasOwn(newProperties, name),
  );
  return Object.fromEntries(
    kept.map(([name, one]) => [
      name,
      withoutNewProperties(
        one,
        within(old, oldProperties[name] ?? before.additionalProperties),
        within(now, newProperties[name] ?? after.additionalProperties),
      ),
    ]),
  );
}

const NOTHING: JsonObject = {};

function within({ document }: Placed, schema: JsonValue | undefined): Placed {
  return { schema: schema ?? true, document };
}

/** The schema that says what objects and lists hold: behind references and beside null. */
function effective({ schema, document }: Placed, depth = 0): JsonObject {
  if (schema === false) return NOTHING;
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema) || depth > 20) return {};
  const keys = Object.keys(schema).filter((key) => key !== 'default');
  if (keys.length === 1 && typeof schema.$ref === 'string') {
    const target = (document.$defs as JsonObject)[schema.$ref.slice('#/$defs/'.length)] ?? true;
    return effective({ schema: target, document }, depth + 1);
  }
  const branches = keys.length === 1 ? (schema.anyOf ?? schema.oneOf ?? schema.allOf) : undefined;
  if (!Array.isArray(branches)) return schema;
  const [branch] = branches.filter((one) => JSON.stringify(one) !== '{"type":"null"}');
  return effective({ schema: branch ?? true, document }, depth + 1);
}
