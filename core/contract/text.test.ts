import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countChangedLines } from './text.ts';

it.each<[string, string, number]>([
  ['a', 'a', 0],
  ['a', 'b', 1],
  ['', 'a', 1],
  ['a\nb', 'b\na', 0],
  ['a\nb', 'a', 1],
  ['a', 'a\na', 1],
  ['a\na\na', 'b', 3],
  ['b', 'a\na\na', 3],
  ['a\nb\nc', 'c\nd', 2],
])('from %j to %j', (before, after, lines) => {
  expect(countChangedLines(before, after)).toBe(lines);
});

it('is the same in both directions, and 0 exactly when the lines are the same', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '')).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const count = countChangedLines(before, after);
      expect(countChangedLines(after, before)).toBe(count);
      const sorted = (lines: string) => lines.split('\n').sort();
      expect(count === 0).toBe(sorted(before).join() === sorted(after).join());
    }),
  );
});
