import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { checkJsonText, isJson } from './json-body.ts';

describe('a key that stands twice', () => {
  it.each([
    '{"a":1,"a":2}',
    '{"a":{"a":1},"b":[{"a":1}],"a":2}',
    '[[{"b":"a","a":{},"c":"}","a":"{"}]]',
    '{"\\u0061":1,"a":2}',
    '{"x":"\\\\","a":"\\"","a":1}',
    ' { "a" : [ { } , "," ] , "a" : null } ',
  ])('is named in %s', (text) => {
    expect(checkJsonText(text)).toMatchObject({
      status: 400,
      reason: 'json.duplicate_key',
      details: [{ field: 'a' }],
    });
  });

  it.each([
    '{}',
    '[]',
    '1',
    '""',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":"a"}',
    '{"a":["a","a"]}',
  ])('is not found in %s', (text) => expect(checkJsonText(text)).toBeUndefined());

  it('is found exactly where JSON.parse would drop one', () => {
    const key = fc.constantFrom('a', 'b', '\\u0061', 'c"'.replace('"', '\\"'), '{', ',');
    const { value } = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('1', '"a"', '"{\\"a\\":"', 'null', '"\\\\"'),
        fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
        fc
          .array(fc.tuple(key, tie('value')), { maxLength: 4 })
          .map((fields) => `{${fields.map(([name, field]) => `"${name}":${field}`).join(' , ')}}`),
      ),
    }));
    fc.assert(
      fc.property(value, (text) => {
        expect(checkJsonText(text) !== undefined).toBe(keysWritten(text) !== keysRead(JSON.parse(text)));
      }),
      { numRuns: 10_000 },
    );
  });
});

/** How many keys a text has: a colon outside of a string follows each. */
function keysWritten(text: string): number {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;
}
/** How many keys a value has. */
function keysRead(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, one) => sum + keysRead(one), own);
}

test('nesting is bounded', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  expect(checkJsonText(nested(200))).toBeUndefined();
  expect(checkJsonText(nested(201))).toMatchObject({ status: 422 });
  expect(checkJsonText(nested(1_000_000))).toMatchObject({ status: 422 });
});

test('whatever the text is, nothing is thrown and it ends', () => {
  const odd = fc
    .array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', 'a', '1'))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(odd, fc.string()), (text) => {
      isJson(text);
      checkJsonText(text);
    }),
    { numRuns: 10_000 },
  );
});
