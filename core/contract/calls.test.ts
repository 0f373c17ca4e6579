import { describe, expect, it } from 'vitest';
import { textSha256 } from '../checksum.ts';
import type { JsonObject, JsonValue, Parameter } from '../prompt.ts';
import { checkValues } from '../value.ts';
import { generateCalls, placesIn, replaceAt, type CallSource } from './calls.ts';

const PARAMETERS: Parameter[] = [
  { name: 'o', type: 'object', required: true },
  { name: 'n', type: 'number', required: false },
  { name: 'e', type: 'string', required: true, enum: ['x', 'y'] },
  { name: 'h', type: 'messages', required: true },
];

function calls(source: Partial<CallSource>, count = 200): JsonObject[] {
  const empty = { parameters: PARAMETERS, paths: [], literals: [], compared: [], targets: [] };
  return [...generateCalls({ ...empty, seed: textSha256('seed'), ...source }, count)];
}

describe('generated calls', () => {
  it('are strictly valid, each made once, and the same for the same pair', () => {
    const source = { paths: [['o', 'a', null, 'b']], literals: ['z', 7] };
    const made = calls(source);
    expect(made.length).toBeGreaterThan(100);
    expect(made.length).toBeLessThanOrEqual(200);
    for (const call of made) expect(checkValues(PARAMETERS, call, { strict: true }).ok).toBe(true);
    expect(new Set(made.map((call) => JSON.stringify(call))).size).toBe(made.length);
    expect(calls(source)).toEqual(made);
    expect(calls({ ...source, seed: textSha256('other') })).not.toEqual(made);
  });

  it('are no more than there are', () => {
    expect(calls({ parameters: [] })).toEqual([{}]);
    const only: Parameter[] = [{ name: 'e', type: 'string', required: true, enum: ['x', 'y'] }];
    expect(calls({ parameters: only })).toEqual([{ e: 'x' }, { e: 'y' }]);
  });

  it('have the constants that a template compares a place with, where they are valid', () => {
    const compared = [
      { path: ['o', 'kind'], values: ['refund'] },
      { path: ['n'], values: [42, 'text'] },
      { path: ['e'], values: ['z'] },
    ];
    const made = calls({ paths: [['o', 'kind']], compared });
    const kinds = made.map(({ o }) => (o as JsonObject).kind);
    expect(kinds.filter((kind) => kind === 'refund').length).toBeGreaterThan(10);
    expect(made.filter(({ n }) => n === 42).length).toBeGreaterThan(10);
  });

  it('miss what a new demand needs', () => {
    const made = calls({ paths: [['o', 'a']], targets: [['o', 'a']] });
    const without = made.filter(({ o }) => !Object.hasOwn(o as JsonObject, 'a'));
    expect(without.length).toBeGreaterThan(made.length / 6);
    expect(without.length).toBeLessThan(made.length);
  });

  it('begin with everything, what is required, and empty ones, as far as they differ', () => {
    const full = { o: { a: 'x' }, n: 1, e: 'x', h: [message, message] };
    const required = { o: { a: 'x' }, e: 'x', h: [message] };
    const empty = { o: {}, e: 'x', h: [] };
    const first = [full, required, empty];
    for (const count of [0, 1, 2, 3])
      expect(calls({ paths: [['o', 'a']] }, count)).toEqual(first.slice(0, count));
    expect(calls({ paths: [['o', 'a']] }, 4).slice(0, 3)).toEqual(first);
  });

  it('then miss what each new demand needs, differ from the first in one place, or are random', () => {
    const parameters: Parameter[] = ['a', 'b'].map((name) => ({ name, type: 'object', required: true }));
    const targets = [['a', 'k'], ['b', 'k', null, 'x']]; // prettier-ignore
    const made = calls({ parameters, targets }, 900);
    const full = { a: { k: 'x' }, b: { k: [{ x: 'x' }, { x: 'x' }] } };
    expect(made[0]).toEqual(full);
    const texts = made.map((call) => JSON.stringify(call));
    for (const call of [
      { ...full, a: {} }, // The demand of `a`, missed.
      { ...full, b: {} },
      { ...full, b: { k: [] } },
      { ...full, b: { k: [{}, { x: 'x' }] } },
      { ...full, b: { k: [{ x: 'x' }, {}] } },
      { ...full, b: { k: [{}, {}] } },
      { ...full, b: { k: [{ x: 'x' }] } }, // One place of the first, changed.
      { ...full, a: { k: null } },
      { ...full, a: { k: {} } },
      { ...full, a: { k: false } },
    ])
      expect(texts).toContain(JSON.stringify(call));
    expect(texts.filter((text) => text.includes('"other":"x"')).length).toBeGreaterThan(50);
  });

  // The number of a version depends on them, so it would change with them for the same pair of contents.
  it('are the same in every release of Anvil', () => {
    const source = {
      paths: [['o', 'a', null, 'b'], ['o', 'c']],
      literals: ['z', 7],
      compared: [{ path: ['o', 'c'], values: ['refund'] }],
      targets: [['o', 'c'], ['o', 'a', 0]],
    }; // prettier-ignore
    expect(textSha256(JSON.stringify(calls(source, 400)))).toBe(
      '219f1aa65d7744123139ef3374f7d89c431704e6608dafd9cfabfef50fd0404b',
    );
  });
});

const message = { role: 'user', content: 'x' };

describe('the places of a value', () => {
  const value = { a: { b: 1 }, l: [null, ['x']] };

  it('are all keys and items, the outer ones before the inner', () => {
    expect(placesIn(value, [])).toEqual([['a'], ['a', 'b'], ['l'], ['l', 0], ['l', 1], ['l', 1, 0]]);
    expect(placesIn(value.l, ['p'])).toEqual([['p', 0], ['p', 1], ['p', 1, 0]]); // prettier-ignore
    for (const plain of [null, 'x', 1, true]) expect(placesIn(plain, ['p'])).toEqual([]);
  });

  it.each<[(string | number)[], JsonValue | undefined, JsonValue]>([
    [['a'], 'y', { a: 'y', l: [null, ['x']] }],
    [['a', 'b'], null, { a: { b: null }, l: [null, ['x']] }],
    [['a', 'b'], undefined, { a: {}, l: [null, ['x']] }],
    [['l', 0], undefined, { a: { b: 1 }, l: [['x']] }],
    [['l', 1, 0], 'y', { a: { b: 1 }, l: [null, ['y']] }],
    [['l', 1], undefined, { a: { b: 1 }, l: [null] }],
    [['l', 0, 'k'], 'y', value],
    [['l', 7], 'y', value],
    [['other'], 'y', value],
  ])('are replaced one by one: %j by %j', (place, replacement, replaced) => {
    expect(replaceAt(value, place, replacement)).toEqual(replaced);
  });
});
