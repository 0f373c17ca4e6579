import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { findInexactNumbers, isExactNumber } from './exact-numbers.ts';

const RUNS = { numRuns: 10_000 };

describe('a number is exact', () => {
  it.each([
    '0',
    '-0',
    '0.0',
    '0e5',
    '9007199254740991',
    '-9007199254740991',
    '9007199254740991.0',
    '9007199254740991000e-3',
    '1.5',
    '0.1',
    '0.30000000000000004',
    '0.10000000000000001',
    '0.00000000000000000000000012345678901234567',
    '1.50000000000000000000000000000000',
    '1e15',
    '1E-7',
    '5e-324',
  ])('if it is %s', (source) => expect(isExactNumber(source)).toBe(true));

  it.each([
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993',
    '12345678901234567890',
    '9007199254740992.0',
    '9007199254740991.5',
    '1e16',
    '1.2345678e20',
    '1e400',
    '-1e400',
    '1e-400',
    '0.123456789012345678',
    '1234567890.12345678',
    '123456789012345678e-10',
  ])('unless it is %s', (source) => expect(isExactNumber(source)).toBe(false));

  test('if a program printed a double within the safe range', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }), (value) => {
        expect(isExactNumber(JSON.stringify(value))).toBe(true);
        expect(isExactNumber(value.toPrecision(17))).toBe(true);
      }),
      RUNS,
    );
  });

  test('only if an integer comes back as it was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (value) => {
        if (isExactNumber(String(value))) expect(String(Number(String(value)))).toBe(String(value));
        else expect(Number.isSafeInteger(Number(value))).toBe(false);
      }),
      RUNS,
    );
  });

  test('in time proportional to its length', () => {
    expect(isExactNumber(`1${'0'.repeat(1_000_000)}1`)).toBe(false);
    expect(isExactNumber(`0.${'0'.repeat(1_000_000)}1`)).toBe(false);
  });
});

describe('inexact numbers of a JSON text', () => {
  it('are found with their paths, outside of strings and keys', () => {
    const text =
      '{"a":9007199254740993,"b":{"c":[1,"12345678901234567890",{"d":1e400}]},"9007199254740993":1e3,"\\u0065":[[-1e-400]]}';
    expect(findInexactNumbers(text)).toEqual([
      { path: ['a'], source: '9007199254740993' },
      { path: ['b', 'c', 2, 'd'], source: '1e400' },
      { path: ['e', 0, 0], source: '-1e-400' },
    ]);
    expect(findInexactNumbers('12345678901234567890')).toEqual([
      { path: [], source: '12345678901234567890' },
    ]);
  });

  it('are at most 100', () => {
    expect(findInexactNumbers(`[${'1e400,'.repeat(500)}0]`)).toHaveLength(100);
  });
});
