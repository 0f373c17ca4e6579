import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { checkConfigText } from './config-text.ts';

// Ten thousand runs on a busy machine take longer than the usual five seconds.
vi.setConfig({ testTimeout: 60_000 });

const RUNS = { numRuns: 10_000 };

/** JSON with keys of a small alphabet, printed with random spaces, sometimes damaged. */
const printed = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, '\t', '  '))
  .map(([value, space]) => JSON.stringify({ a: value }, null, space));
const damaged = fc
  .tuple(
    printed,
    fc.nat(),
    fc.nat({ max: 2 }),
    fc.constantFrom('', ',', '"', '\\', '{', ']', '0', '-', '.', 'e', ' ', '\n', '\u0001', 'é', 'u00', '/'),
  )
  .map(([text, at, cut, put]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + put + text.slice(place + cut);
  });
const soup = fc
  .array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"a"',
      '"b"',
      ':',
      ',',
      '1',
      '-0',
      '1e5',
      '01',
      'true',
      'null',
      ' ',
      '\r\n',
      '"\\u0061"',
      '"',
    ),
    { maxLength: 12 },
  )
  .map((pieces) => `{${pieces.join('')}`);

/** An independent look for keys that JSON.parse swallows: it keeps fewer than are written. */
function keysWritten(text: string): number {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;
}
function keysKept(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, inner) => sum + keysKept(inner), own);
}
function holdsInfinity(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(holdsInfinity);
  return value === Infinity || value === -Infinity;
}
function parses(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

describe('checkConfigText', () => {
  it.each([
    '{}',
    ' { } ',
    '{"a":{"b":[1,-0.5e+3,null,true,"\\u00e9\\n"]},"b":[]}',
    '{"a":{"x":1},"b":{"x":1}}',
    '{"":0}',
  ])('accepts %j and gives its value', (text) => {
    expect(checkConfigText(text)).toEqual({ ok: true, value: JSON.parse(text) as unknown });
  });

  it.each([
    ['{"a":1,"a":2}', 'The key "a" is there twice', 1, 8],
    ['{"a":1,\n  "\\u0061":2}', 'The key "a" is there twice', 2, 3],
    ['{"x":[{"k":{\r\n"a":1,\r"a":1}}]}', 'The key "a" is there twice', 3, 1],
    ['{"__proto__":1,"__proto__":2}', 'The key "__proto__" is there twice', 1, 16],
    ['', 'Write {} when there is none', 1, 1],
    ['[1]', 'Config is a JSON object', 1, 1],
    ['null', 'Config is a JSON object', 1, 1],
    ['{"a":1,}', 'no comma before }', 1, 7],
    ['{"a":[1,2,]}', 'no comma before ]', 1, 10],
    ['{"a" 1}', 'a colon after the key "a" is needed', 1, 6],
    ['{"a":1 "b":2}', 'a comma or } is needed', 1, 8],
    ['{a:1}', 'Here stands "a", but a key in double quotes is needed', 1, 2],
    ["{'a':1}", 'double quotes, not single', 1, 2],
    ['{"a":True}', 'Here stands "True", but a JSON value is needed', 1, 6],
    ['{"a":01}', 'Here stands "01"', 1, 6],
    ['{"a":.5}', 'Here stands ".5"', 1, 6],
    ['{"a":1e999}', '1e999 is larger than numbers can be', 1, 6],
    ['{"a":"x', 'not closed', 1, 6],
    ['{"a":"x\ny"}', 'line break', 1, 8],
    ['{"a":"\\x"}', 'escape is not JSON', 1, 7],
    ['{"a":"\\ud800"}', 'an invalid Unicode character or NUL', 1, 6],
    ['{"\\u0000":1}', 'an invalid Unicode character or NUL', 1, 2],
    ['{"a":1', 'The text ends too early', 1, 7],
    ['{"a":', 'The text ends too early', 1, 6],
    ['{} x', 'after the end', 1, 4],
    ['{ // none\n}', 'no comments', 1, 3],
  ])('refuses %j: %s', (text, message, line, column) => {
    expect(checkConfigText(text)).toEqual({
      ok: false,
      message: expect.stringContaining(message),
      line,
      column,
    });
  });

  it('bounds the depth and survives a bomb of brackets', () => {
    const nested = (depth: number) => '{"a":'.repeat(depth - 1) + '{}' + '}'.repeat(depth - 1);
    expect(checkConfigText(nested(100)).ok).toBe(true);
    expect(checkConfigText(nested(101))).toMatchObject({
      ok: false,
      message: expect.stringContaining('100 deep'),
    });
    expect(checkConfigText('{"a":' + '['.repeat(1_000_000)).ok).toBe(false);
  });

  it('takes long strings, long lists and many keys in its stride', () => {
    const big = { text: 'x"\\é'.repeat(200_000), list: Array.from({ length: 50_000 }, (_, i) => i) };
    expect(checkConfigText(JSON.stringify(big))).toEqual({ ok: true, value: big });
  });

  it('accepts exactly what JSON.parse reads as an object and no key twice, storable, finite', () => {
    fc.assert(
      fc.property(fc.oneof(printed, damaged, soup), (text) => {
        const value = parses(text);
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        const checked = checkConfigText(text);
        if (checked.ok) expect(checked.value).toEqual(value);
        else {
          expect(checked.message).toMatch(/\.$/);
          expect(checked.line).toBeGreaterThan(0);
          expect(checked.column).toBeGreaterThan(0);
        }
        const storable = !/\\u0000|\\ud[89a-f]|[\0\p{Surrogate}]/iu.test(text);
        if (storable) {
          expect(checked.ok).toBe(isObject && keysWritten(text) === keysKept(value) && !holdsInfinity(value));
        }
      }),
      RUNS,
    );
  });
});
