import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visitJson } from './json-text.ts';
import type { PathStep } from './json.ts';

/** The value at a path, as JSON.parse has it. */
function valueAt(root: unknown, path: readonly PathStep[]): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<PathStep, unknown>)[step], root);
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + countValues(inner), 1);
}

test('every value of a JSON text is visited once, with its path and its place', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, '\t'), (value, space) => {
      const text = ` ${JSON.stringify(value, null, space)}\n`;
      const parsed: unknown = JSON.parse(text);
      let visited = 0;
      visitJson(text, ({ path, begin, end }) => {
        visited += 1;
        expect(JSON.parse(text.slice(begin, end))).toEqual(valueAt(parsed, path));
        expect(text.slice(begin, end).trim()).toBe(text.slice(begin, end));
      });
      expect(visited).toBe(countValues(parsed));
    }),
    { numRuns: 5_000 },
  );
});
