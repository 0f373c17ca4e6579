/** What the analysis knows of a value: its type, its fields or items as far as declared, whether it may be null. */
import type { Parameter, ParameterType, ValueShape } from '../prompt.ts';

export interface Shape {
  type: ParameterType | 'any';
  nullable: boolean;
  /** As declared; read step by step, so that the depth of a declaration costs nothing. */
  declared?: ValueShape;
  /** Made by a filter or tag instead of declared. */
  fields?: ReadonlyMap<string, Shape>;
  items?: Shape;
}

export const ANY: Shape = { type: 'any', nullable: false };
export const NULL: Shape = { type: 'any', nullable: true };
export const STRING: Shape = { type: 'string', nullable: false };
export const NUMBER: Shape = { type: 'number', nullable: false };
export const BOOLEAN: Shape = { type: 'boolean', nullable: false };

export function listOf(items: Shape, nullable = false): Shape {
  return { type: 'list', nullable, items };
}

/** A parameter or declared field; without a default that isn't null, an optional one may be null. */
export function shapeOfParameter(parameter: Parameter): Shape {
  const nullable = !parameter.required && (parameter.default ?? null) === null;
  return { type: parameter.type, nullable, declared: parameter };
}

/** Names of the declared fields; undefined for an open object and for what may be anything. */
export function fieldNames(shape: Shape): string[] | undefined {
  if (shape.type !== 'object') return shape.type === 'any' ? undefined : [];
  return shape.fields ? [...shape.fields.keys()] : shape.declared?.fields?.map(({ name }) => name);
}

export function itemsOf(shape: Shape): Shape {
  if (shape.type === 'string') return STRING;
  if (shape.type !== 'list') return ANY;
  if (shape.items) return shape.items;
  const items = shape.declared?.items;
  return items ? { type: items.type, nullable: false, declared: items } : ANY;
}

/** What `value.name` is; undefined when it can't be there. */
export function memberOf(shape: Shape, name: string | number): Shape | undefined {
  if (shape.type === 'any') return ANY;
  if (shape.type === 'list' || shape.type === 'messages') {
    if (typeof name === 'number' || name === 'first' || name === 'last') return itemsOf(shape);
    return name === 'size' ? NUMBER : undefined;
  }
  if (shape.type === 'string')
    return name === 'size' ? NUMBER : typeof name === 'number' ? STRING : undefined;
  if (shape.type !== 'object') return undefined;
  const made = shape.fields?.get(String(name));
  if (made) return made;
  const field = shape.declared?.fields?.find((candidate) => candidate.name === name);
  if (field) return shapeOfParameter(field);
  if (name === 'size') return NUMBER;
  return fieldNames(shape) ? undefined : ANY;
}

/** What a value is that comes from either of two places. */
export function either(a: Shape, b: Shape): Shape {
  const nullable = a.nullable || b.nullable;
  if (a === NULL) return { ...b, nullable };
  if (b === NULL) return { ...a, nullable };
  if (a.type !== b.type) return { type: 'any', nullable };
  const same = a.declared === b.declared && a.fields === b.fields && a.items === b.items;
  return same ? { ...a, nullable } : { type: a.type, nullable };
}

/** In words, for messages. */
export function describe(shape: Shape): string {
  const words: Record<Shape['type'], string> = {
    any: 'open', string: 'a string', number: 'a number', boolean: 'true or false', list: 'a list', object: 'an object',
    messages: 'a list of messages',
  }; // prettier-ignore
  return words[shape.type];
}
