import { expect, it } from 'vitest';
import { checkJsonCost } from './json-cost.ts';

it.each([
  ['lists', (values: number) => `[${'[],'.repeat(values - 2)}[]]`],
  ['objects in objects', (values: number) => `${'{"a":'.repeat(values)}1${'}'.repeat(values)}`],
  ['numbers', (values: number) => `[${'1,'.repeat(values - 1)}1]`],
])('a body of too many %s is refused before it is parsed', (_, make) => {
  expect(checkJsonCost(make(301_000))).toMatchObject({ status: 413, reason: 'json.too_many_values' });
  expect(checkJsonCost(make(149_000))).toBeUndefined();
});

it('commas and brackets inside of strings are not counted, also after escaped quotes', () => {
  const text = '\\" [,{ \\\\'.repeat(200_000);
  expect(checkJsonCost(`{"a":"${text}"}`)).toBeUndefined();
  expect(checkJsonCost(`{"a":"\\\\",${'"b":1,'.repeat(300_000)}"c":1}`)).toBeDefined();
});

it('takes a text that isn’t JSON as it comes', () => {
  expect(checkJsonCost('"'.repeat(700_001))).toBeUndefined();
  expect(checkJsonCost(`"${'\\'.repeat(700_001)}`)).toBeUndefined();
});
