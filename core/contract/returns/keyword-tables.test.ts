import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../prompt.ts';
import { compareSchemas } from './compare-schemas.ts';

// Each row of the tables in keywords.ts and same-schema.ts. A row that is missing there makes a change of words a
// change that can't be judged, and a row with too wide a form hides a change.

const text = { type: 'string' };

function kinds(before: JsonValue, after: JsonValue): string[] {
  return compareSchemas(before, after).map(({ kind }) => kind);
}

describe('annotations', () => {
  it.each(['title', 'description', '$comment', '$schema', '$id', '$anchor'])(
    'may have another text: %s',
    (key) => {
      expect(kinds({ ...text, [key]: 'a' }, { ...text, [key]: 'b' })).toEqual([]);
      expect(kinds({ ...text, [key]: 1 }, { ...text, [key]: 2 })).toEqual(['not_judged']);
    },
  );
  it.each(['deprecated', 'readOnly', 'writeOnly'])('may be switched: %s', (key) => {
    expect(kinds({ ...text, [key]: true }, { ...text, [key]: false })).toEqual([]);
    expect(kinds({ ...text, [key]: 'a' }, { ...text, [key]: 'b' })).toEqual(['not_judged']);
  });
  it.each(['default', 'examples', 'example', '$defs', 'definitions'])('may be any value: %s', (key) => {
    expect(kinds({ ...text, [key]: [1] }, { ...text, [key]: { a: 'b' } })).toEqual([]);
  });
});

describe('keywords that are compared as they are written', () => {
  const named = (title: string, type = 'string'): JsonObject => ({ type, title });
  const inside = (key: string, schema: (title: string, type?: string) => JsonValue) => {
    const around = (value: JsonValue): JsonValue => ({ not: { [key]: value } });
    expect(kinds(around(schema('a')), around(schema('b')))).toEqual([]);
    expect(kinds(around(schema('a')), around(schema('a', 'null')))).toEqual(['not_judged']);
  };
  it.each([
    ...['additionalProperties', 'items', 'additionalItems', 'not', 'if', 'then', 'else', 'contains'],
    ...['propertyNames', 'unevaluatedProperties', 'unevaluatedItems'],
  ])('hold a schema: %s', (key) => inside(key, named));
  it.each(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'])('hold a list of schemas: %s', (key) =>
    inside(key, (title, type) => [named(title, type), named('x')]),
  );
  it.each(['properties', 'patternProperties', 'dependentSchemas'])('hold named schemas: %s', (key) =>
    inside(key, (title, type) => ({ x: named(title, type) })),
  );
  it.each(['$ref', '$dynamicRef', '$recursiveRef'])('see another document behind %s', (key) => {
    const schema = (type: string): JsonObject => ({
      not: { items: { [key]: '#a' } },
      $defs: { a: { type } },
    });
    expect(kinds(schema('string'), schema('string'))).toEqual([]);
    expect(kinds(schema('string'), schema('null'))).toEqual(['not_judged']);
  });
});

describe('limits', () => {
  it.each<[string, JsonValue]>([
    ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'].flatMap(
      (key): [string, JsonValue][] => ['1', -1, 0.5, [], null].map((limit) => [key, limit]),
    ),
    ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].flatMap((key): [string, JsonValue][] =>
      ['1', true, []].map((limit) => [key, limit]),
    ),
    ...['1', 0, -2].map((limit): [string, JsonValue] => ['multipleOf', limit]),
    ...[1, null].map((limit): [string, JsonValue] => ['pattern', limit]),
    ...[1, {}].map((limit): [string, JsonValue] => ['format', limit]),
    ['uniqueItems', 'yes'],
  ])('that aren’t well formed can’t be judged: %s: %j', (key, limit) => {
    expect(kinds({ [key]: limit }, { [key]: limit, title: 'x' })).toEqual([]);
    expect(kinds({ [key]: limit }, {})).toEqual(['not_judged']);
  });

  it('are met by an enum only if all of its values meet them', () => {
    const limited = { ...text, maxLength: 1 };
    expect(kinds(limited, { ...text, enum: ['a', 'bb'] })).toEqual(['narrowed', 'widened']);
    expect(kinds(limited, { ...text, enum: ['bb', 'a'] })).toEqual(['narrowed', 'widened']);
    expect(kinds(limited, { ...text, enum: ['a', 'b'] })).toEqual(['narrowed']);
  });
});

describe('listed values', () => {
  it.each<[string, JsonValue]>([
    ['boolean', true],
    ['string', 'a'],
    ['integer', 1],
    ['number', 1.5],
    ['array', [1]],
    ['object', { a: 1 }],
    ['null', null],
  ])('belong to their type: %s', (type, value) => {
    expect(kinds({ type: [type, type === 'object' ? 'array' : 'object'] }, { enum: [value] })).toEqual([
      'narrowed',
    ]);
    const other = type === 'string' ? 'boolean' : 'string';
    expect(kinds({ type: other }, { enum: [value] })).toEqual(['retyped']);
  });
});

describe('required', () => {
  it('has texts only', () => {
    expect(kinds({ required: ['a', 1] }, { required: ['a', 2] })).toEqual(['not_judged']);
  });
});
