import fc from 'fast-check';
import type { JsonObject, JsonValue, Parameter, ParameterType, ValueShape } from './prompt.ts';
import { checkValue } from './value.ts';

/**
 * Random parameters, values that fit them by construction, and parameters edited by a few random steps: pairs
 * made independently hardly ever meet. All are built from a tape of random bytes; past its end each choice is
 * the first one, so that a failure shrinks to something small.
 */
export type Draw = (choices: number) => number;

export const draws: fc.Arbitrary<Draw> = fc
  .uint8Array({ minLength: 0, maxLength: 500, size: 'max' })
  .map((bytes) => {
    let at = 0;
    const draw: Draw = (choices) => (bytes[at++] ?? 0) % choices;
    // Printed when a property fails.
    return Object.assign(draw, { [fc.toStringMethod]: () => `[${bytes.join(',')}]` });
  });

const NAMES = ['a', 'b', 'c', 'd', 'constructor'];
const TEXTS = ['a', 'warm', '', 'b', 'é', '𝄞', '0'];
const NUMBERS = [1, 0, 2.5, -1, 1e21];
const KINDS: ParameterType[] = ['string', 'number', 'boolean', 'list', 'object', 'messages'];

function pick<Item>(draw: Draw, items: readonly Item[]): Item {
  return items[draw(items.length)] as Item;
}

function some<Item>(draw: Draw, items: readonly Item[]): Item[] {
  const start = draw(items.length);
  const rotated = [...items.slice(start), ...items.slice(0, start)];
  return rotated.slice(0, 1 + draw(items.length - 1));
}

/** Up to four parameters, at most three levels deep; `messages` only at the first. */
export function makeParameters(draw: Draw, level = 1, atLeast = 0): Parameter[] {
  const count = Math.max(atLeast, draw(level === 1 ? 5 : 4));
  return some(draw, NAMES)
    .slice(0, count)
    .map((name) => makeParameter(draw, name, level));
}

function makeParameter(draw: Draw, name: string, level: number): Parameter {
  const parameter: Parameter = { name, required: draw(2) === 0, ...makeShape(draw, level) };
  if (draw(8) === 1) parameter.description = pick(draw, TEXTS);
  if (draw(8) === 1) parameter.deprecated = 'Use another.';
  putDefault(draw, parameter);
  return parameter;
}

export function makeShape(draw: Draw, level: number): ValueShape {
  const shape: ValueShape = { type: pick(draw, level === 1 ? KINDS : KINDS.slice(0, 5)) };
  const declares = draw(3) > 0;
  if ((shape.type === 'string' || shape.type === 'number') && declares)
    shape.enum = makeEnum(draw, shape.type);
  if (level < 3 && shape.type === 'object' && declares) shape.fields = makeParameters(draw, level + 1, 1);
  if (level < 3 && shape.type === 'list' && declares) {
    shape.items = level === 1 && draw(4) === 3 ? makeMessageShape(draw) : makeShape(draw, level + 1);
  }
  return shape;
}

/** Objects that are messages, or nearly: lists of them and the type `messages` share values. */
function makeMessageShape(draw: Draw): ValueShape {
  const role: Parameter = { name: 'role', type: 'string', required: draw(6) < 5 };
  if (draw(3) > 0) role.enum = pick(draw, [['user'], ['user', ''], ['user', 'tool']]);
  const content: Parameter = {
    name: 'content',
    type: pick(draw, ['string', 'list', 'object']),
    required: draw(6) < 5,
  };
  return { type: 'object', fields: draw(6) < 5 ? [role, content] : [role] };
}

function makeEnum(draw: Draw, type: ParameterType): (string | number)[] {
  return some<string | number>(draw, type === 'string' ? TEXTS : NUMBERS);
}

function putDefault(draw: Draw, parameter: Parameter): void {
  delete parameter.default;
  if (parameter.required) return;
  const choice = draw(3);
  if (choice === 1) parameter.default = makeValue(draw, parameter);
  if (choice === 2) parameter.default = null;
}

/** Values that are strictly valid for the parameters: optional ones are left out, null or given. */
export function makeValues(draw: Draw, parameters: readonly Parameter[]): JsonObject {
  const values: JsonObject = {};
  for (const parameter of parameters) {
    const choice = parameter.required ? 2 : draw(4);
    if (choice === 1) values[parameter.name] = null;
    if (choice > 1) values[parameter.name] = makeValue(draw, parameter);
  }
  return values;
}

export function makeValue(draw: Draw, shape: ValueShape): JsonValue {
  if (shape.enum) return pick(draw, shape.enum);
  switch (shape.type) {
    case 'string':
      return pick(draw, TEXTS);
    case 'number':
      return pick(draw, NUMBERS);
    case 'boolean':
      return draw(2) === 0;
    case 'list':
      return Array.from({ length: draw(3) }, () =>
        shape.items ? makeValue(draw, shape.items) : makeJson(draw, 2),
      );
    case 'object':
      return shape.fields ? makeValues(draw, shape.fields) : makeOpenObject(draw, 2);
    case 'messages':
      return Array.from({ length: draw(3) }, () => makeMessage(draw));
  }
}

function makeMessage(draw: Draw): JsonObject {
  const message: JsonObject = {
    role: pick(draw, ['user', 'function']),
    content: pick(draw, ['Hi', '', null, []]),
  };
  if (draw(2) === 1) message.name = makeJson(draw, 1);
  return message;
}

function makeOpenObject(draw: Draw, depth: number): JsonObject {
  const entries = some(draw, [...NAMES, '__proto__', 'role'])
    .slice(0, draw(4))
    .map((key): [string, JsonValue] => [key, draw(4) === 1 ? null : makeJson(draw, depth - 1)]);
  return Object.fromEntries(entries);
}

/** Any JSON value but null. */
export function makeJson(draw: Draw, depth: number): JsonValue {
  const choice = draw(depth > 0 ? 5 : 3);
  if (choice === 3) return makeOpenObject(draw, depth);
  if (choice === 4) return Array.from({ length: draw(3) }, () => makeJson(draw, depth - 1));
  return pick<JsonValue>(draw, choice === 0 ? TEXTS : choice === 1 ? NUMBERS : [true, false]);
}

/** The same parameters after one to three random edits at any depth; they still hold together. */
export function editParameters(draw: Draw, parameters: readonly Parameter[]): Parameter[] {
  const edited = structuredClone([...parameters]);
  for (let left = 1 + draw(3); left > 0; left -= 1) {
    const places = placesOf(edited, 1);
    if (places.length === 0 || draw(6) === 1) addTo(draw, edited, 1);
    else editOne(draw, pick(draw, places));
  }
  dropUnfitDefaults(edited);
  return edited;
}

interface Spot {
  shape: ValueShape;
  level: number;
  /** Not there for items. */
  parameter?: Parameter;
  siblings?: Parameter[];
}

function placesOf(fields: Parameter[], level: number): Spot[] {
  return fields.flatMap((parameter) => [
    { shape: parameter, level, parameter, siblings: fields },
    ...placesWithin(parameter, level + 1),
  ]);
}

function placesWithin(shape: ValueShape, level: number): Spot[] {
  const items = shape.items ? [{ shape: shape.items, level }, ...placesWithin(shape.items, level + 1)] : [];
  return [...items, ...(shape.fields ? placesOf(shape.fields, level) : [])];
}

function editOne(draw: Draw, { shape, level, parameter, siblings }: Spot): void {
  const choice = draw(9);
  if (choice === 1 && parameter) {
    parameter.required = !parameter.required;
    return putDefault(draw, parameter);
  }
  if (choice === 2 && parameter) return putDefault(draw, parameter);
  if (choice === 3 && siblings && (level === 1 || siblings.length > 1)) {
    siblings.splice(siblings.indexOf(shape as Parameter), 1);
    return;
  }
  if (choice === 4 && shape.fields) return addTo(draw, shape.fields, level + 1);
  if (choice === 5) {
    shape.description = pick(draw, TEXTS);
    return;
  }
  if (choice === 6 && siblings) {
    siblings.push(...siblings.splice(0, 1));
    return;
  }
  if (choice === 7) return reshape(draw, shape, level);
  declareOrOpen(draw, shape, level);
}

function addTo(draw: Draw, fields: Parameter[], level: number): void {
  const name = NAMES.find((candidate) => fields.every((field) => field.name !== candidate));
  if (name !== undefined) fields.push(makeParameter(draw, name, level));
}

function reshape(draw: Draw, shape: ValueShape, level: number): void {
  for (const key of ['enum', 'fields', 'items'] as const) delete shape[key];
  Object.assign(shape, makeShape(draw, level));
}

function declareOrOpen(draw: Draw, shape: ValueShape, level: number): void {
  if (shape.type === 'string' || shape.type === 'number') {
    if (shape.enum && draw(3) === 0) delete shape.enum;
    else shape.enum = makeEnum(draw, shape.type);
  } else if (shape.type === 'object') {
    if (shape.fields) delete shape.fields;
    else if (level < 3) shape.fields = makeParameters(draw, level + 1, 1);
  } else if (shape.type === 'list') {
    if (shape.items) delete shape.items;
    else if (level < 3) shape.items = makeShape(draw, level + 1);
  } else reshape(draw, shape, level);
}

function dropUnfitDefaults(fields: Parameter[]): void {
  for (const field of fields) {
    dropWithin(field);
    const value = field.default ?? null;
    if (value !== null && checkValue(field, value).length > 0) delete field.default;
  }
}

function dropWithin(shape: ValueShape): void {
  if (shape.fields) dropUnfitDefaults(shape.fields);
  if (shape.items) dropWithin(shape.items);
}
