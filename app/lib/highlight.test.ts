import fc from 'fast-check';
import { expect, test } from 'vitest';
import { highlightJson, highlightLiquid } from './highlight.ts';

test('colours change no sign: the parts joined are the text', () => {
  const text = fc
    .array(fc.constantFrom('{{', '}}', '{%', '%}', '"', '\\', ':', ' a ', '\n'), { maxLength: 20 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(text, (source) => {
      for (const highlight of [highlightJson, highlightLiquid]) {
        expect(
          highlight(source)
            .map((part) => part.text)
            .join(''),
        ).toBe(source);
      }
    }),
    { numRuns: 10_000 },
  );
});

test('keys and strings of JSON differ, an escaped quote ends nothing', () => {
  expect(highlightJson('{"a": "x\\"y"}')).toEqual([
    { text: '{' },
    { text: '"a":', tone: 'name' },
    { text: ' ' },
    { text: '"x\\"y"', tone: 'string' },
    { text: '}' },
  ]);
});
