import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../prompt.ts';
import { compareSchemas } from './compare-schemas.ts';

const text = { type: 'string' };
const nothing = { type: 'null' };
const object = (properties: JsonObject, rest: JsonObject = {}): JsonObject => ({ type: 'object', properties, ...rest }); // prettier-ignore

/** Each finding as `kind path detail`. */
function found(before: JsonValue, after: JsonValue): string[] {
  return compareSchemas(before, after).map((change) => {
    const detail = 'by' in change ? change.by : 'keyword' in change ? change.keyword : undefined;
    return [change.kind, change.path, detail].filter(Boolean).join(' ');
  });
}

describe('one budget covers a comparison', () => {
  const properties = (count: number, schema: (n: number) => JsonValue): JsonObject =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, schema(n)]));

  it('within which each property is judged', () => {
    const all = (type: string) => object(properties(10_000, () => ({ type })));
    expect(found(all('string'), all('null')).filter((one) => one.startsWith('retyped'))).toHaveLength(10_000);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['properties', object(properties(30_000, () => text)), object(properties(30_000, () => nothing))],
    [
      'listed values',
      object({ a: { enum: Array.from({ length: 60_000 }, (_, n) => n) }, b: text }),
      object({ a: { enum: [1] }, b: nothing }),
    ],
    [
      'keywords that are compared as they are written',
      object(properties(30, () => ({ not: { $ref: '#/$defs/D' } })), { $defs: { D: object(properties(2_000, () => text)) } }), // prettier-ignore
      object(properties(30, () => ({ not: { $ref: '#/$defs/D' }, title: 'x' })), { $defs: { D: object(properties(2_000, () => text)) } }), // prettier-ignore
    ],
  ])('beyond which the whole is not judged, once: too many %s', (_, before, after) => {
    expect(found(before, after).filter((one) => !one.startsWith('narrowed'))).toEqual(['not_judged']);
  });
});

describe('keywords that are compared as they are written', () => {
  const not = (schema: JsonValue, rest: JsonObject = {}): JsonObject => ({ not: schema, ...rest });
  const recursive = (title: string, leaf: JsonValue = text): JsonObject => ({
    not: { $ref: '#/$defs/T' },
    $defs: { T: object({ next: { $ref: '#/$defs/T' }, leaf }, { title }) },
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['words', not(object({ a: { ...text, title: 'x' } })), not(object({ a: { ...text, description: 'y' } }))],
    ['the order of names', not({ required: ['a', 'b'], type: ['string', 'null'] }), not({ required: ['b', 'a'], type: ['null', 'string'] })], // prettier-ignore
    ['a recursive definition’s title', recursive('x'), recursive('y')],
    ['a definition’s name', not({ $ref: '#/$defs/A' }, { $defs: { A: text } }), not({ $ref: '#/$defs/B' }, { $defs: { B: text } })], // prettier-ignore
  ])('are the same when only %s differ', (_, before, after) => {
    expect(found(before, after)).toEqual([]);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['a name', not(object({ a: text, b: text })), not(object({ a: text, c: text }))],
    ['a property more', not(object({ a: text })), not(object({ a: text, b: text }))],
    ['a type inside', not(object({ a: text, b: text })), not(object({ a: nothing, b: text }))],
    ['a keyword more', not({ ...text }), not({ ...text, minLength: 1 })],
    ['a branch', { not: { anyOf: [text, nothing] } }, { not: { anyOf: [text, text] } }],
    ['names of another number', not({ required: ['a'] }), not({ required: ['a', 'b'] })],
    ['a recursive definition', recursive('x'), recursive('x', nothing)],
  ])('differ by %s', (_, before, after) => {
    expect(found(before, after)).toEqual(['not_judged not']);
  });

  it('differ when one side has none', () => {
    expect(found({ ...text, not: nothing }, text)).toEqual(['not_judged not']);
    expect(found(text, { ...text, not: nothing })).toEqual(['not_judged not']);
  });

  it('differ when they are nested too deeply to tell', () => {
    const chain = (title: string): JsonObject => ({
      not: { $ref: '#/$defs/d0' },
      $defs: Object.fromEntries(
        Array.from({ length: 100 }, (_, n) => [`d${n}`, object(n < 99 ? { x: { $ref: `#/$defs/d${n + 1}` } } : {}, { title })]), // prettier-ignore
      ),
    });
    expect(found(chain('x'), chain('y'))).toEqual(['not_judged not']);
  });
});

describe('a new property of a closed object', () => {
  const closed = { additionalProperties: false };
  const added = (rest: JsonObject, inner: JsonObject = {}): string[] => {
    const outer = (properties: JsonObject) => ({
      ...object({ a: object(properties, { ...closed, ...inner }) }),
      ...rest,
    });
    return found(outer({}), outer({ x: text }));
  };

  it('isn’t judged where the whole value counts', () => {
    const unjudged = ['new a.x', 'not_judged a.x'];
    expect(added({}, { minProperties: 1 })).toEqual(unjudged);
    expect(added({ not: nothing })).toEqual(unjudged);
    expect(added({ enum: [{ a: {} }] })).toEqual(unjudged);
    expect(added({ enum: [{ a: {} }, 'a'] })).toEqual(unjudged);
  });

  it('is ignored by readers elsewhere', () => {
    expect(added({})).toEqual(['new a.x']);
    expect(added({}, { maxProperties: 1 })).toEqual(['new a.x']);
    expect(added({ maxProperties: 1 })).toEqual(['new a.x']);
  });
});

describe('references', () => {
  const referring = ($ref: string, branches: JsonValue[]): JsonObject =>
    object({ x: { $ref } }, { $defs: { A: { anyOf: branches } } });

  it('go into lists by an index', () => {
    const branches = Array.from({ length: 11 }, (_, n): JsonValue => (n === 10 ? text : { const: n }));
    const changed = [...branches.slice(0, 10), nothing];
    expect(
      found(referring('#/$defs/A/anyOf/10', branches), referring('#/$defs/A/anyOf/10', changed)),
    ).toEqual(['retyped x']);
    expect(found(referring('#/$defs/A/anyOf/1', branches), referring('#/$defs/A/anyOf/2', branches))).toEqual(
      ['widened x values', 'narrowed x values'],
    );
  });

  it.each(['01', '-', '1x', 'x1', 'length'])('can’t be followed to the item %j', (step) => {
    const before = referring(`#/$defs/A/anyOf/${step}`, [text, text]);
    expect(found(before, referring(`#/$defs/A/anyOf/${step}`, [nothing, nothing]))).toEqual([
      'not_judged x $ref',
    ]);
  });
});

describe('null beside a schema', () => {
  const optional = (schema: JsonValue): JsonObject => ({ anyOf: [schema, nothing] });

  it.each<[JsonValue, JsonValue, string[]]>([
    [optional({ enum: ['a'] }), { enum: ['a', null] }, []],
    [optional({ enum: ['a'] }), optional({ enum: ['a', 'b'] }), ['widened values']],
    [optional({ enum: ['a'] }), { enum: ['a'] }, ['narrowed values']],
    [optional({ ...text, minLength: 1 }), optional({ ...text, minLength: 2 }), ['narrowed limit']],
    [optional({ ...text, minLength: 2 }), { ...text, minLength: 2 }, ['narrowed types']],
    // Null may be what the keyword excludes.
    [{ not: nothing }, optional({ not: nothing }), ['not_judged not']],
    // A choice inside a choice, and more branches than two.
    [optional({ anyOf: [text, object({})] }), nothing, ['not_judged anyOf']],
    [optional({ oneOf: [text, object({})] }), nothing, ['not_judged anyOf']],
    [{ anyOf: [object({}), nothing, nothing] }, nothing, ['not_judged anyOf']],
    [{ anyOf: [object({}), object({})] }, nothing, ['not_judged anyOf']],
    [{ anyOf: [] }, nothing, ['not_judged anyOf']],
    [{ anyOf: [object({}), nothing], minLength: 1 }, nothing, ['not_judged anyOf']],
    // With oneOf, null that both branches allow is allowed by neither.
    [{ oneOf: [{ type: ['string', 'null'], minLength: 1 }, nothing] }, text, ['not_judged oneOf']],
    [{ oneOf: [{ ...text, minLength: 1 }, nothing] }, { ...text, minLength: 1 }, ['narrowed types']],
    [{ anyOf: [{ type: ['string', 'null'], minLength: 1 }, nothing] }, { ...text, minLength: 1 }, ['narrowed types']], // prettier-ignore
  ])('is read: %j to %j', (before, after, expected) => {
    expect(found(before, after)).toEqual(expected);
  });
});

describe('one level', () => {
  it.each<[string, JsonValue, JsonValue, string[]]>([
    ['a schema that isn’t one', object({ a: 'x' }), object({ a: 'y' }), ['not_judged a schema']],
    ['malformed required', { required: 'a' }, { required: 'b' }, ['not_judged required']],
    ['required of numbers', { required: [1] }, { required: [2] }, ['not_judged required']],
    ['malformed properties', { properties: 'a' }, { properties: 'b' }, ['not_judged properties']],
    ['a list of items', { items: [text] }, { items: [text, text] }, ['not_judged items']],
    ['malformed nullable', { ...text, nullable: 1 }, { ...text, nullable: 2 }, ['not_judged nullable']],
    ['a malformed enum', { enum: 'a' }, { enum: 'b' }, ['not_judged enum']],
    ['a malformed limit', { minLength: -1 }, { minLength: 0.5 }, ['not_judged minLength']],
    ['a title that isn’t text', { title: text }, { title: nothing }, ['not_judged title']],
    ['enum and const', { enum: ['a', 'b'], const: 'a' }, { enum: ['a', 'b'] }, ['widened values']],
    ['a const outside the enum', { enum: ['a'], const: 'b' }, { enum: ['a'] }, ['retyped']],
    ['values that the type excludes', { ...text, enum: ['a', 1] }, { enum: ['a'] }, []],
    ['nullable without a type', { minLength: 1 }, { minLength: 1, nullable: true }, []],
    ['one value left of an enum', { enum: ['a', null] }, nothing, ['narrowed types']],
    ['an enum and null removed', { enum: ['a', null] }, text, ['widened enum']],
    [
      'an enum removed and null added',
      { enum: ['a'] },
      { type: ['string', 'null'] },
      ['widened types', 'widened enum'],
    ],
    ['null where the enum has none', { enum: ['a'] }, nothing, ['retyped']],
    [
      'null and a property removed',
      object({ a: text }),
      { type: ['object', 'null'] },
      ['widened types', 'gone a'],
    ],
    ['another type with properties', text, object({ a: text }), ['retyped']],
    [
      'a limit beside equal values',
      { enum: ['a'], maxLength: 5 },
      { enum: ['a'], maxLength: 4 },
      ['narrowed limit'],
    ],
    ['nullable off', { ...text, nullable: false }, text, []],
    ['nothing that stays nothing', { ...text, enum: [1] }, { enum: [] }, []],
    ['nothing that becomes something', false, text, ['retyped']],
    ['something that becomes nothing', text, { enum: [] }, ['narrowed nothing']],
    ['properties of what is no object', { ...text, properties: { a: text } }, text, []],
    ['items of what is no list', { ...text, items: text }, text, []],
    ['a limit of another type', { ...text, minimum: 1 }, text, []],
    ['an empty limit', { ...text, minLength: 0 }, text, []],
    ['an empty limit of lists', { type: 'array', uniqueItems: false }, { type: 'array' }, []],
    ['unique items no longer', { type: 'array', uniqueItems: true }, { type: 'array' }, ['widened limit']],
    ['an extension', { ...text, 'x-order': 1 }, { ...text, 'x-order': 2 }, []],
    [
      'an object that can’t have what it requires',
      { type: ['object', 'null'] },
      { type: ['object', 'null'], required: ['a'], additionalProperties: false },
      ['narrowed types'],
    ],
    [
      'a requirement that patternProperties may meet',
      { type: 'object', required: ['a'], additionalProperties: false, patternProperties: { a: text } },
      { type: 'object', required: ['a'], additionalProperties: false, patternProperties: { a: text } },
      [],
    ],
    ['an exclusive minimum', { type: 'number', exclusiveMinimum: 1 }, { type: 'number', exclusiveMinimum: 0 }, ['widened limit']], // prettier-ignore
    ['an exclusive maximum', { type: 'number', exclusiveMaximum: 1 }, { type: 'number', exclusiveMaximum: 0 }, ['narrowed limit']], // prettier-ignore
    ['a new property that is never there', object({}, { additionalProperties: false }), object({ a: false }, { additionalProperties: false }), []], // prettier-ignore
  ])('judges %s', (_, before, after, expected) => {
    expect(found(before, after)).toEqual(expected);
  });

  it.each<[JsonObject, JsonValue, boolean]>([
    [{ minimum: 2 }, 2, true],
    [{ minimum: 2 }, 1, false],
    [{ maximum: 2 }, 2, true],
    [{ maximum: 2 }, 3, false],
    [{ exclusiveMinimum: 2 }, 3, true],
    [{ exclusiveMinimum: 2 }, 2, false],
    [{ exclusiveMaximum: 2 }, 1, true],
    [{ exclusiveMaximum: 2 }, 2, false],
    [{ minLength: 1 }, 'a', true],
    [{ minLength: 2 }, '𝄞', false],
    [{ maxLength: 1 }, '𝄞', true],
    [{ maxLength: 1 }, 'ab', false],
    [{ minItems: 1 }, [1], true],
    [{ minItems: 1 }, [], false],
    [{ maxItems: 1 }, [1], true],
    [{ maxItems: 1 }, [1, 2], false],
    [{ minProperties: 1 }, { a: 1 }, true],
    [{ minProperties: 1 }, {}, false],
    [{ maxProperties: 1 }, { a: 1 }, true],
    [{ maxProperties: 1 }, { a: 1, b: 1 }, false],
    // Whether a value meets these can't be told, so the limit counts as removed.
    [{ pattern: 'a' }, 'a', false],
    [{ multipleOf: 2 }, 2, false],
    // A limit allows values of other types.
    [{ minimum: 2 }, 'a', true],
  ])('knows whether %j allows the only value %j', (limit, value, isKept) => {
    const widened = found({ type: ['string', 'number', 'array', 'object'], ...limit }, { const: value }).includes('widened limit'); // prettier-ignore
    expect(widened).toBe(!isKept);
  });
});
