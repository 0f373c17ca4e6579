import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCursor, encodeCursor, mapPage, toPage } from './pages.ts';

const wrongCursor = expect.objectContaining({
  status: 422,
  details: [expect.objectContaining({ field: 'cursor' })],
});

describe('a cursor', () => {
  test('gives back the key that it was made from', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 64 }), (key) => {
        fc.pre(!key.includes('\0'));
        return decodeCursor(encodeCursor(key), 'text') === key;
      }),
      { numRuns: 10_000 },
    );
    expect(decodeCursor(encodeCursor(42), 'integer')).toBe(42);
    const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
    expect(decodeCursor(encodeCursor(uuid), 'uuid')).toBe(uuid);
    expect(decodeCursor(undefined, 'uuid')).toBeUndefined();
  });

  test('that Anvil never gave out is refused at its field, before it reaches the database', () => {
    const asKey = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const cursor of [
      '',
      'x',
      '!!!',
      asKey({}),
      asKey(null),
      asKey([1]),
      `${asKey('a')}=`,
      ` ${asKey('a')}`,
    ]) {
      for (const kind of ['text', 'uuid'] as const)
        expect(() => decodeCursor(cursor, kind)).toThrow(wrongCursor);
      expect(() => decodeCursor(cursor, 'integer')).toThrow(wrongCursor);
    }
    expect(() => decodeCursor(asKey('no uuid'), 'uuid')).toThrow(wrongCursor);
    expect(() => decodeCursor(asKey('5'), 'integer')).toThrow(wrongCursor);
    for (const number of [1.5, 2 ** 31, -(2 ** 40)])
      expect(() => decodeCursor(asKey(number), 'integer')).toThrow(wrongCursor);
    expect(() => decodeCursor(asKey('a\0'), 'text')).toThrow(wrongCursor);
    expect(() => decodeCursor(asKey(5), 'text')).toThrow(wrongCursor);
  });

  test('whatever is sent is either a key or refused, never another error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (cursor) => {
        try {
          decodeCursor(cursor, 'text');
        } catch (error) {
          expect(error).toEqual(wrongCursor);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

test('walking the pages visits every row once, in order, and ends with has_more false', () => {
  const all = Array.from({ length: 23 }, (_, index) => ({ number: index + 1 }));
  for (const limit of [1, 5, 22, 23, 24]) {
    const seen: number[] = [];
    let cursor: string | undefined;
    for (;;) {
      const after = decodeCursor(cursor, 'integer') ?? 0;
      const fetched = all.filter((row) => row.number > after).slice(0, limit + 1);
      const page = mapPage(
        toPage(fetched, limit, (row) => row.number),
        (row) => row.number,
      );
      expect(page.data.length).toBeLessThanOrEqual(limit);
      seen.push(...page.data);
      expect(page.meta.has_more).toBe(page.meta.cursor !== null);
      if (page.meta.cursor === null) break;
      cursor = page.meta.cursor;
    }
    expect(seen).toEqual(all.map((row) => row.number));
  }
});

test('an empty list is one page without a cursor', () => {
  expect(toPage([], 10, () => 1)).toEqual({ data: [], meta: { cursor: null, has_more: false } });
});
