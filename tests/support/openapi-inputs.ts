import fc from 'fast-check';
import type { Call } from './openapi-calls.ts';
import { resolveRef, type OpenApiDocument, type PlacedOperation, type Schema } from './openapi.ts';

/** A place of a request whose value the document describes. */
export interface Location {
  in: 'path' | 'query' | 'header' | 'body';
  /** As an error names it: `content.messages.0.role`. */
  field: string;
  schema: Schema;
  /** Values that are always tried: the bounds of the schema. */
  examples: unknown[];
  /** The value as the schema means it. Parameters are text. */
  read(value: unknown): unknown;
}

/** Lists the places of a call: its parameters, and each value of its JSON body. */
export function locationsOf(document: OpenApiDocument, operation: PlacedOperation, call: Call): Location[] {
  const locations: Location[] = (operation.parameters ?? [])
    .filter(({ name }) => name !== 'If-None-Match')
    .map(({ name, in: place, schema }) => ({
      ...{ in: place, field: name, schema },
      examples: boundsOf(schema).filter((value) => isSendable(place, String(value))),
      read: (value) => (schema.type === 'integer' && /^-?\d+$/.test(String(value)) ? Number(value) : value),
    }));
  const json = operation.requestBody?.content['application/json']?.schema;
  const add = (schema: Schema, value: unknown, path: string[]): void => {
    const target = resolveAll(document, schema, value);
    const examples = [...boundsOf(target), null, 17, true, 'text', [], {}];
    locations.push({ in: 'body', field: path.join('.'), schema, examples, read: (given) => given });
    if (Array.isArray(value))
      value.forEach((one, index) => add(target.items as Schema, one, [...path, String(index)]));
    else if (typeof value === 'object' && value !== null) {
      for (const [name, property] of Object.entries((target.properties ?? {}) as Record<string, Schema>)) {
        if (name in value) add(property, (value as Record<string, unknown>)[name], [...path, name]);
      }
      locations.push({
        ...{ in: 'body', field: [...path, 'unknown_field'].join('.') },
        schema: target.additionalProperties === false ? { not: {} } : {},
        examples: [1],
        read: (given) => given,
      });
    }
  };
  if (json && call.body !== undefined) {
    const { properties = {} } = resolveRef(document, json);
    for (const [name, value] of Object.entries(call.body as object) as [string, unknown][])
      add((properties as Schema)[name] as Schema, value, [name]);
  }
  return locations;
}

/** Of several alternatives, the one whose constants the value has. */
function resolveAll(document: OpenApiDocument, given: Schema, value: unknown): Schema {
  const schema = resolveRef(document, given);
  const alternatives = (schema.oneOf ?? schema.anyOf) as Schema[] | undefined;
  if (!alternatives) return schema;
  const resolved = alternatives.map((one) => resolveAll(document, one, value));
  const fits = ({ properties = {}, type }: Schema) =>
    typeof value === 'object' && value !== null
      ? Object.entries(properties as Record<string, Schema>).every(
          ([name, property]) =>
            property.const === undefined || property.const === (value as Record<string, unknown>)[name],
        ) && Object.keys(value).every((name) => name in properties)
      : type === typeof value;
  return resolved.find(fits) ?? resolved[0] ?? schema;
}

function boundsOf(schema: Schema): unknown[] {
  const { type, minLength, maxLength, minimum, maximum, maxItems, items } = schema as Record<
    string,
    number
  > & {
    type: string;
  };
  const bounds: unknown[] = [];
  if (type === 'string') {
    for (const length of [minLength, maxLength]) {
      if (length !== undefined && length < 1_000)
        bounds.push('a'.repeat(length), 'a'.repeat(length + 1), 'a'.repeat(Math.max(0, length - 1)));
    }
    bounds.push('', ' ', '\0', 'A', 'ä', 'x', 'latest', '../..');
  }
  if (type === 'integer' || type === 'number') {
    for (const bound of [minimum, maximum])
      if (bound !== undefined) bounds.push(bound - 1, bound, bound + 1, bound + 0.5);
  }
  if (type === 'array' && maxItems !== undefined && items !== undefined)
    bounds.push(
      [],
      Array.from({ length: maxItems + 1 }, () => 'a'),
    );
  return bounds;
}

/** Values for a place: most fit its pattern, others are arbitrary text or JSON. */
export function candidates(document: OpenApiDocument, location: Location): fc.Arbitrary<unknown> {
  const {
    enum: allowed,
    pattern,
    minimum,
    maximum,
  } = resolveRef(document, location.schema) as {
    enum?: unknown[];
    pattern?: string;
    minimum?: number;
    maximum?: number;
  };
  const text = fc.string({ unit: fc.constantFrom(...'abcXYZ019 -_.@/"ä\0%\n'), maxLength: 20 });
  const number = fc.integer({ min: (minimum ?? 0) - 3, max: Math.min(maximum ?? 100, 2_147_483_640) + 3 });
  const kinds: fc.Arbitrary<unknown>[] = [text, location.in === 'body' ? number : number.map(String)];
  if (allowed) kinds.push(fc.constantFrom(...allowed), fc.constantFrom(...allowed));
  // fast-check makes no strings for a lookahead. The schema judges what is made without it.
  if (pattern) {
    const matching = fc.stringMatching(new RegExp(pattern.replace(/\(\?!.*\$\)(?=\[)/, '')));
    kinds.push(matching, matching);
  }
  if (location.in === 'body') kinds.push(fc.jsonValue({ maxDepth: 1 }));
  return fc
    .oneof(...kinds)
    .filter((value) => location.in === 'body' || isSendable(location.in, String(value)));
}

/** Whether a parameter of a URL or a header can have this value at all. */
function isSendable(place: Location['in'], value: string): boolean {
  if (place === 'path') return value !== '' && value !== '.' && value !== '..' && value.isWellFormed();
  if (place === 'header') return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value);
  return value.isWellFormed();
}

/** Returns the call with another value at the place. */
export function withValue(call: Call, { in: place, field }: Location, value: unknown): Call {
  if (place === 'path') return { ...call, path: { ...call.path, [field]: String(value) } };
  if (place === 'query') return { ...call, query: { ...call.query, [field]: String(value) } };
  if (place === 'header') return { ...call, headers: { ...call.headers, [field]: String(value) } };
  const body = structuredClone(call.body) as Record<string, unknown>;
  const path = field.split('.');
  const last = path.pop() ?? '';
  const holder = path.reduce(
    (at: Record<string, unknown>, name) => at[name] as Record<string, unknown>,
    body,
  );
  holder[last] = value;
  return { ...call, body };
}
