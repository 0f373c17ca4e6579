import type { JsonObject, JsonValue } from '../../prompt.ts';
import type { Draw } from '../../parameter.arbitrary.ts';

/**
 * Random JSON Schemas, schemas edited by a few random steps, and values that mostly fit a schema.
 */
const NAMES = ['a', 'b', 'c'];
const ALL_NAMES = [...NAMES, 'x', 'y'];
const DEFINITIONS = ['D', 'E'];
const TEXTS = ['', 'a', 'ab', 'abcd', 'é', '𝄞𝄞'];
const NUMBERS = [0, 1, 2, 2.5, -1, 10];
const SCALARS: JsonValue[] = ['a', 'ab', 1, 2.5, true, null, { a: 1 }, [1]];
const TYPES = ['string', 'object', 'array', 'integer', 'number', 'boolean', 'null'];

function pick<Item>(draw: Draw, items: readonly Item[]): Item {
  return items[draw(items.length)] as Item;
}

function some<Item>(draw: Draw, items: readonly Item[]): Item[] {
  return items.filter(() => draw(2) === 0);
}

/** A schema with definitions, which refer to each other. */
export function makeDocument(draw: Draw): JsonObject {
  const definitions = Object.fromEntries(DEFINITIONS.map((name) => [name, makeSchema(draw, 2)]));
  return { ...makeObject(draw, 1), $defs: definitions };
}

function makeSchema(draw: Draw, level: number): JsonValue {
  const isDeep = level > 3;
  switch (draw(15)) {
    case 0:
    case 1:
      return makeTyped(draw, isDeep ? 'string' : pick(draw, TYPES), level);
    case 2:
    case 3:
      return isDeep ? makeTyped(draw, 'integer', level) : makeObject(draw, level);
    case 4:
      return isDeep ? { type: 'boolean' } : makeTyped(draw, 'array', level);
    case 5:
      return {
        type: [pick(draw, TYPES), pick(draw, TYPES)].filter((one, at, all) => all.indexOf(one) === at),
      };
    case 6:
      return { enum: distinct([pick(draw, SCALARS), ...some(draw, SCALARS)]) };
    case 7:
      return { const: pick(draw, SCALARS) };
    case 8:
      return { $ref: `#/$defs/${pick(draw, DEFINITIONS)}` };
    case 9:
      return { anyOf: [makeSchema(draw, level + 1), { type: 'null' }] };
    case 10:
      return { type: pick(draw, ['string', 'integer']), nullable: true };
    case 11:
      return pick<JsonValue>(draw, [true, {}, false, { type: 'string', enum: ['a', 'ab', 1] }]);
    case 12:
      return { oneOf: [{ type: 'null' }, makeTyped(draw, pick(draw, TYPES), level)] };
    case 13:
      return { allOf: [{ $ref: `#/$defs/${pick(draw, DEFINITIONS)}` }], default: null };
    default:
      return { ...makeObject(draw, level), ...makeUnjudged(draw, level) };
  }
}

function distinct(values: JsonValue[]): JsonValue[] {
  return [...new Map(values.map((one) => [JSON.stringify(one), one])).values()];
}

function makeTyped(draw: Draw, type: string, level: number): JsonObject {
  if (type === 'object') return makeObject(draw, level);
  if (type === 'array') {
    const items = level > 3 ? { type: 'string' } : makeSchema(draw, level + 1);
    return { type, items, ...(draw(3) === 1 && makeLimit(draw, 'array')) };
  }
  return { type, ...(draw(3) === 1 && makeLimit(draw, type)) };
}

function makeObject(draw: Draw, level: number): JsonObject {
  const names = some(draw, NAMES);
  const properties = Object.fromEntries(names.map((name) => [name, makeSchema(draw, level + 1)]));
  const schema: JsonObject = { type: 'object', properties };
  if (draw(2) === 0) schema.required = draw(8) === 7 ? NAMES : some(draw, names);
  const additional = draw(5);
  if (additional === 1 || additional === 2) schema.additionalProperties = false;
  if (additional === 3) schema.additionalProperties = makeSchema(draw, level + 1);
  if (draw(8) === 1) Object.assign(schema, makeLimit(draw, 'object'));
  return schema;
}

function makeLimit(draw: Draw, type: string): JsonObject {
  const count = draw(4);
  switch (type) {
    case 'string':
      return pick<JsonObject>(draw, [
        { minLength: count },
        { maxLength: count },
        { pattern: '^a' },
        { format: 'date' },
      ]);
    case 'array':
      return pick<JsonObject>(draw, [{ minItems: count }, { maxItems: count }, { uniqueItems: count > 0 }]);
    case 'object':
      return pick<JsonObject>(draw, [{ minProperties: count }, { maxProperties: count }]);
    default:
      return pick<JsonObject>(draw, [
        { minimum: count },
        { maximum: count },
        { exclusiveMinimum: count },
        { exclusiveMaximum: count },
        { multipleOf: 1 + count / 2 },
      ]);
  }
}

function makeUnjudged(draw: Draw, level: number): JsonObject {
  const inner = makeSchema(draw, level + 2);
  return pick<JsonObject>(draw, [
    { not: inner },
    { allOf: [inner] },
    { anyOf: [inner, makeSchema(draw, level + 2)] },
    { patternProperties: { '^[ax]': inner } },
    { propertyNames: { enum: ALL_NAMES } },
    { unevaluatedProperties: inner },
    { dependentRequired: { a: ['b'] } },
    { if: inner, then: { required: ['a'] } },
    { $ref: '#/$defs/D' },
  ]);
}

/** Every schema inside one, itself included. */
function schemasIn(schema: JsonValue): JsonObject[] {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return [];
  const named = ['properties', '$defs', 'patternProperties'].flatMap((key) =>
    Object.values((schema[key] ?? {}) as JsonObject),
  );
  const single = ['items', 'additionalProperties', 'not', 'if'].flatMap((key) => schema[key] ?? []);
  const listed = ['anyOf', 'oneOf', 'allOf'].flatMap((key) => (schema[key] ?? []) as JsonValue[]);
  return [schema, ...[...named, ...single, ...listed].flatMap(schemasIn)];
}

/** A copy with a few changes anywhere. */
export function editDocument(draw: Draw, document: JsonObject): JsonObject {
  const copy = structuredClone(document);
  for (let edits = 1 + draw(3); edits > 0; edits -= 1) editSchema(draw, pick(draw, schemasIn(copy)));
  return copy;
}

function editSchema(draw: Draw, schema: JsonObject): void {
  const properties = (schema.properties ?? {}) as JsonObject;
  const required = (schema.required ?? []) as string[];
  switch (draw(12)) {
    case 0:
      schema.properties = { ...properties, [pick(draw, ALL_NAMES)]: makeSchema(draw, 3) };
      return;
    case 1:
      schema.required = [...new Set([...required, pick(draw, Object.keys({ ...properties, a: 0 }))])];
      return;
    case 2:
      schema.required = required.slice(1);
      return;
    case 3:
      schema.additionalProperties = pick<JsonValue>(draw, [false, true, makeSchema(draw, 3)]);
      return;
    case 4:
      schema.type = pick<JsonValue>(draw, [...TYPES, ['string', 'null'], ['integer', 'array']]);
      return;
    case 5:
      schema.enum = draw(2) ? [...((schema.enum ?? ['a']) as JsonValue[]), pick(draw, SCALARS)] : ['a', 1];
      return;
    case 6:
      if (Array.isArray(schema.enum) && schema.enum.length > 1) schema.enum = schema.enum.slice(1);
      else delete schema.enum;
      return;
    case 7:
      Object.assign(schema, makeLimit(draw, pick(draw, TYPES)));
      return;
    case 8: {
      const keys = Object.keys(schema).filter((key) => key !== '$defs' && key !== 'properties');
      if (keys.length > 0) delete schema[pick(draw, keys)];
      // `nullable` needs a type beside it.
      if (schema.type === undefined) delete schema.nullable;
      return;
    }
    case 9:
      Object.assign(schema, makeUnjudged(draw, 3));
      return;
    case 10:
      schema.items = makeSchema(draw, 3);
      return;
    default: {
      const names = Object.keys(properties);
      if (names.length > 0) properties[pick(draw, names)] = makeSchema(draw, 3);
    }
  }
}

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
  // `u` is no declared property, and an old name may be one no longer.
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
