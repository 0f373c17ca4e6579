import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffTexts, foldRows, splitLines, type DiffRow } from './diff.ts';

const RUNS = 10_000;
/** Few different lines, so that texts share some. */
const texts = fc
  .array(fc.constantFrom('', 'a', 'b', 'Be brief.', 'Be brief and warm.', '{{ x }}'), { maxLength: 12 })
  .map((lines) => lines.join('\n'));

function side(rows: DiffRow[], which: 'before' | 'after'): string[] {
  return rows.flatMap((row) => {
    const line = row[which];
    return line ? [line.parts.map(({ text }) => text).join('')] : [];
  });
}

test('both texts can be read off the comparison, line by line and in order', () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const { rows } = diffTexts(before, after);
      expect(side(rows, 'before')).toEqual(splitLines(before));
      expect(side(rows, 'after')).toEqual(splitLines(after));
    }),
    { numRuns: RUNS },
  );
});

test('line numbers count every line of each side from 1', () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const { rows } = diffTexts(before, after);
      for (const which of ['before', 'after'] as const) {
        const numbers = rows.flatMap((row) => row[which]?.number ?? []);
        expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      }
    }),
    { numRuns: RUNS },
  );
});

test('a text compared with itself has no change, and only then', () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const { added, removed, rows } = diffTexts(before, after);
      expect(added + removed === 0).toBe(before === after);
      expect(rows.every((row) => row.kind === 'same')).toBe(before === after);
    }),
    { numRuns: RUNS },
  );
});

test('in an edited line only the words that changed are marked', () => {
  const { rows } = diffTexts('Be brief and friendly.', 'Be brief, warm and exact.');
  expect(rows).toHaveLength(1);
  expect(rows[0]?.kind).toBe('edited');
  expect(rows[0]?.before?.parts.filter((part) => part.changed).map((part) => part.text)).toEqual([
    'friendly',
  ]);
  expect(rows[0]?.after?.parts.filter((part) => part.changed).map((part) => part.text)).toEqual([
    ', warm ',
    'exact',
  ]);
});

test('two lines that share next to nothing are marked as a whole and not word by word', () => {
  const { rows } = diffTexts('Say when we will answer', '{% render tone %}');
  expect(rows[0]?.after?.parts).toEqual([{ text: '{% render tone %}', changed: false }]);
});

test('texts too large for the table still compare: their middle counts as rewritten', () => {
  const lines = (sign: string): string => Array.from({ length: 3_000 }, (_, n) => `${sign}${n}`).join('\n');
  const { added, removed, rows } = diffTexts(`first\n${lines('a')}\nlast`, `first\n${lines('b')}\nlast`);
  expect([added, removed]).toEqual([3_000, 3_000]);
  expect([rows[0]?.kind, rows.at(-1)?.kind]).toEqual(['same', 'same']);
});

test('words are compared until the work for one comparison is used up, then edited lines count as rewritten', () => {
  const line = (start: number) => Array.from({ length: 1_000 }, (_, index) => `w${start + index}`).join(' ');
  const lines = (shift: number) => Array.from({ length: 40 }, (_, at) => line(at * 2_000 + shift)).join('\n');
  const { rows } = diffTexts(lines(0), lines(10));
  const compared = rows.map((row) => (row.after?.parts.length ?? 0) > 1);
  expect(compared[0]).toBe(true);
  expect(compared.at(-1)).toBe(false);
});

test('what stayed far from a change is folded, and nothing is lost by it', () => {
  const before = Array.from({ length: 20 }, (_, line) => `line ${line}`);
  const after = before.with(10, 'other');
  const { rows } = diffTexts(before.join('\n'), after.join('\n'));
  const blocks = foldRows(rows, 2);
  expect(blocks.map((block) => [block.kind, block.rows.length])).toEqual([
    ['fold', 8],
    ['rows', 5],
    ['fold', 7],
  ]);
  expect(blocks.flatMap((block) => block.rows)).toEqual(rows);
});

test('a single unchanged line is shown: a fold would take as much room', () => {
  const { rows } = diffTexts('a\nkeep\nb', 'x\nkeep\ny');
  expect(foldRows(rows, 0).every((block) => block.kind === 'rows')).toBe(true);
});
