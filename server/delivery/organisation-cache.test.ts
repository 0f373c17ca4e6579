import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOrganisationCache } from './organisation-cache.ts';

const MAX_BYTES = 60_000;
const anyStep = fc.record({
  organisation: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  key: fc.nat(30).map(String),
  bytes: fc.integer({ min: 1, max: 20_000 }),
});

test('the budget of bytes holds whatever is stored', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 200 }), (steps) => {
      const cache = createOrganisationCache<{ bytes: number }>(MAX_BYTES);
      for (const { organisation, key, bytes } of steps) {
        cache.set(organisation, key, { bytes }, bytes);
        const kept = ['a', 'b', 'c', 'd', 'e'].flatMap((one) =>
          Array.from({ length: 31 }, (_, at) => cache.get(one, String(at))?.bytes ?? 0),
        );
        const sum = kept.reduce((a, b) => a + b, 0);
        expect(sum).toBeLessThanOrEqual(cache.size());
        expect(cache.size()).toBeLessThanOrEqual(MAX_BYTES);
      }
    }),
    { numRuns: 500 },
  );
});

test('an organisation that fills the cache pushes out only its own entries', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 2_000 }), (entries, bytes) => {
      const cache = createOrganisationCache<object>(MAX_BYTES);
      for (let at = 0; at < entries; at++) cache.set('quiet', String(at), {}, 1_000);
      for (let at = 0; at < 500; at++) cache.set('greedy', String(at), {}, bytes);
      for (let at = 0; at < entries; at++) expect(cache.get('quiet', String(at))).toBeDefined();
    }),
  );
});

test('the least recently used entry of the largest organisation is evicted first', () => {
  const cache = createOrganisationCache<object>(34_000);
  for (const key of ['first', 'second', 'third']) cache.set('a', key, {}, 10_000);
  expect(cache.get('a', 'first')).toBeDefined();
  cache.set('a', 'fourth', {}, 10_000);
  expect(['first', 'second', 'third', 'fourth'].filter((key) => cache.get('a', key))).toEqual([
    'first',
    'third',
    'fourth',
  ]);
});

test('an entry that is larger than the budget is not kept and evicts nothing', () => {
  const cache = createOrganisationCache<object>(MAX_BYTES);
  cache.set('a', 'small', {}, 1_000);
  cache.set('b', 'large', {}, MAX_BYTES);
  expect(cache.get('a', 'small')).toBeDefined();
  expect(cache.get('b', 'large')).toBeUndefined();
});
