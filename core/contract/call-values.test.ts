import { describe, expect, it } from 'vitest';
import { textSha256 } from '../checksum.ts';
import type { JsonObject, JsonValue, Parameter } from '../prompt.ts';
import { hintsOf, makeFields, type Richness } from './call-values.ts';
import { createRandom } from './random.ts';

const optional = { required: false } as const;
const required = { required: true } as const;
const PARAMETERS: Parameter[] = [
  { name: 'text', type: 'string', ...required },
  { name: 'note', type: 'string', ...optional },
  { name: 'number', type: 'number', ...required },
  { name: 'yes', type: 'boolean', ...required },
  { name: 'kind', type: 'string', ...required, enum: ['b', 'a'] },
  { name: 'list', type: 'list', ...required },
  { name: 'names', type: 'list', ...required, items: { type: 'string' } },
  { name: 'history', type: 'messages', ...required },
  { name: 'open', type: 'object', ...required },
  { name: 'order', type: 'object', ...required, fields: [
    { name: 'id', type: 'number', ...required },
    { name: 'gift', type: 'boolean', ...optional },
  ] },
]; // prettier-ignore

const PATHS = [
  ['open', 'a'],
  ['open', 'b', null, 'c'],
  ['list', 0, 'd'],
  ['list', null, 'e'],
];

const message = { role: 'user', content: 'x' };

function make(richness: Richness, parameters = PARAMETERS, hint = hintsOf(PATHS)): JsonObject {
  return makeFields(parameters, hint, richness, { random: createRandom(textSha256('seed')), literals: [] });
}

describe('the values of a call', () => {
  it('with everything are given, two items a list, with all that templates read', () => {
    const item = { d: 'x', e: 'x' };
    expect(make('full')).toEqual({
      ...{ text: 'x', note: 'x', number: 1, yes: true, kind: 'b', names: ['x', 'x'] },
      list: [item, item],
      history: [message, message],
      open: { a: 'x', b: [{ c: 'x' }, { c: 'x' }] },
      order: { id: 1, gift: true },
    });
  });

  it('with what is required are given where they have to be, one item a list', () => {
    expect(make('required')).toEqual({
      ...{ text: 'x', number: 1, yes: false, kind: 'b', names: ['x'] },
      list: [{ d: 'x', e: 'x' }],
      history: [message],
      open: { a: 'x', b: [{ c: 'x' }] },
      order: { id: 1 },
    });
  });

  it('that are empty are as small as the parameters allow', () => {
    expect(make('empty')).toEqual({
      ...{
        text: '',
        number: 0,
        yes: false,
        kind: 'b',
        names: [],
        list: [],
        history: [],
        open: {},
        order: { id: 0 },
      },
    });
  });

  it('are plain where no template reads an open value', () => {
    const parameters = PARAMETERS.filter(({ name }) => name === 'open' || name === 'list');
    expect(make('full', parameters, hintsOf([]))).toEqual({ open: {}, list: ['x', 'x'] });
    expect(make('full', parameters, hintsOf([['open']]))).toEqual({ open: {}, list: ['x', 'x'] });
  });

  it('of something read both as an object and as a list are objects, if not random', () => {
    const parameters: Parameter[] = [{ name: 'open', type: 'object', ...required }];
    const paths = [
      ['open', 'a', 'b'],
      ['open', 'a', null],
      ['open', 'c', 1],
    ];
    expect(make('full', parameters, hintsOf(paths))).toEqual({ open: { a: { b: 'x' }, c: ['x', 'x'] } });
  });
});

/** The different values that a parameter gets in many random calls. */
function variety(parameter: Parameter, hint = hintsOf([]), literals: JsonValue[] = []): Map<string, number> {
  const source = { random: createRandom(textSha256('variety')), literals };
  const counts = new Map<string, number>();
  for (let call = 0; call < 2_000; call++) {
    const text = JSON.stringify(makeFields([parameter], hint, 'random', source)[parameter.name]) ?? 'omitted';
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}
const seen = (...args: Parameters<typeof variety>) => [...variety(...args).keys()].sort();

describe('random values', () => {
  const p = (type: Parameter['type'], more: Partial<Parameter> = {}): Parameter => ({
    ...{ name: 'p', type, required: true },
    ...more,
  });
  const texts = ['""', '"2026-01-31"', '"3"', '"Ada"', '"a,b"', '"x"'];
  const numbers = ['-1', '0', '1', '10', '2', '2.5'];

  it('are of the type, with the constants of the templates', () => {
    expect(seen(p('string'))).toEqual(texts);
    expect(seen(p('string'), undefined, ['z', 9])).toEqual([...texts, '"z"'].sort());
    expect(seen(p('number'))).toEqual(numbers);
    expect(seen(p('number'), undefined, ['z', 9])).toEqual([...numbers, '9'].sort());
    expect(seen(p('boolean'))).toEqual(['false', 'true']);
    expect(seen(p('string', { enum: ['b', 'a'] }))).toEqual(['"a"', '"b"']);
    expect(seen(p('list', { items: { type: 'boolean' } })).filter((list) => list.length < 9)).toEqual([
      '[]',
      '[false]',
      '[true]',
    ]);
    expect(new Set(seen(p('messages')).map((list) => (JSON.parse(list) as []).length))).toEqual(
      new Set([0, 1, 2, 3]),
    );
  });

  it('of an optional parameter are left out or null at times', () => {
    const counts = variety(p('boolean', optional));
    expect([...counts.keys()].sort()).toEqual(['false', 'null', 'omitted', 'true']);
    // A third has no value, and half of these are null.
    for (const text of ['omitted', 'null']) {
      expect(counts.get(text)).toBeGreaterThan(250);
      expect(counts.get(text)).toBeLessThan(420);
    }
  });

  it('are half the time what a template compares the place with, if it is valid there', () => {
    const compared = hintsOf(
      [],
      [
        { path: ['p'], values: ['refund', 7] },
        { path: ['p'], values: ['order'] },
      ],
    );
    const counts = variety(p('string'), compared);
    expect([...counts.keys()].sort()).toEqual([...texts, '"order"', '"refund"'].sort());
    expect((counts.get('"order"') ?? 0) + (counts.get('"refund"') ?? 0)).toBeGreaterThan(550);
    expect(variety(p('string')).get('"x"')).toBeGreaterThan(200);
  });

  it('of an open object have the fields that a template reads, and at times another', () => {
    const hint = hintsOf([['p', 'a']], [{ path: ['p', 'a'], values: ['refund'] }]);
    const counts = variety(p('object'), hint);
    const having = (part: string) =>
      [...counts].reduce((sum, [text, count]) => sum + (text.includes(part) ? count : 0), 0);
    expect(having('"a":"refund"')).toBeGreaterThan(500);
    expect(having('"other":"x"')).toBeGreaterThan(400);
    expect(having('"other":"x"')).toBeLessThan(600);
    expect(counts.get('{}')).toBeGreaterThan(400);
    expect(counts.get('{}')).toBeLessThan(600);
  });

  it('of an open item are of every type, and never null', () => {
    const items = new Set(
      seen(p('list'), undefined, ['z']).flatMap((list) =>
        (JSON.parse(list) as JsonValue[]).map((item) => JSON.stringify(item)),
      ),
    );
    for (const text of [...texts, ...numbers, '"z"', 'true', 'false', '[]', '{}', '["z"]', '{"a":"z"}'])
      expect(items).toContain(text);
    expect(items).not.toContain('null');
  });

  it('of an open field are null at times', () => {
    expect(seen(p('object'), hintsOf([['p', 'a']]))).toContain('{"a":null}');
  });

  it('of something read as an object and as a list are either, and at times neither', () => {
    const found = seen(
      p('object'),
      hintsOf([
        ['p', 'a', 'b'],
        ['p', 'a', null, 'c'],
      ]),
    ).join('\n');
    for (const part of ['{"a":{"b":"x"}}', '{"a":[{"c":', '{"a":"x"}']) expect(found).toContain(part);
  });
});
