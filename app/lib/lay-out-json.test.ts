import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layOutJson } from './lay-out-json.ts';

it('puts each member of the outermost object on a line of its own', () => {
  expect(layOutJson('{"text":"a, \\"b\\": {c}","version":"1.0.0","warnings":[1,2],"config":{}}')).toBe(
    '{ "text": "a, \\"b\\": {c}",\n  "version": "1.0.0",\n  "warnings": [1, 2],\n  "config": {} }',
  );
});

it('adds nothing but space outside of strings: what is shown is what was answered', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = JSON.stringify(value);
      expect(JSON.stringify(JSON.parse(layOutJson(text)))).toBe(JSON.stringify(JSON.parse(text)));
    }),
    { numRuns: 10_000 },
  );
});
