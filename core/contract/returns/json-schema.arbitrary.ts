import type { JsonObject, JsonValue } from '../../prompt.ts';
import type { Draw } from '../../parameter.arbitrary.ts';

/**
 * Random JSON Schemas, and schemas edited by a few random steps.
 */
export const NAMES = ['a', 'b', 'c'];
const ALL_NAMES = [...NAMES, 'x', 'y'];
const DEFINITIONS = ['D', 'E'];
export const TEXTS = ['', 'a', 'ab', 'abcd', 'é', '𝄞𝄞'];
export const NUMBERS = [0, 1, 2, 2.5, -1, 10];
export const SCALARS: JsonValue[] = ['a', 'ab', 1, 2.5, true, null, { a: 1 }, [1]];
export const TYPES = ['string', 'object', 'array', 'integer', 'number', 'boolean', 'null'];

export function pick<Item>(draw: Draw, items: readonly Item[]): Item {
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
