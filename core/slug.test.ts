import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  checkSlug,
  compareSlugs,
  createSlugNumbering,
  SLUG_PATTERN,
  slugFromName,
  uniqueSlug,
} from './slug.ts';

// Ten thousand runs on a busy machine take longer than the usual five seconds.
vi.setConfig({ testTimeout: 60_000 });

const RUNS = { numRuns: 10_000 };
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 90 }),
  fc.string({
    unit: fc.constantFrom('a', 'Z', '7', '-', '_', ' ', 'é', 'ß', 'İ', "'", '名', '\u0301', '🙂'),
    maxLength: 150,
  }),
);
const slug = fc
  .string({ unit: fc.constantFrom(...'abz019-_'), minLength: 1, maxLength: 64 })
  .filter((text) => SLUG_PATTERN.test(text));

describe('slugFromName', () => {
  it.each([
    ['Welcome e-mail', 'welcome-e-mail'],
    ['  Café Über ñandú  ', 'cafe-uber-nandu'],
    ["Brand's core / product", 'brands-core-product'],
    ['snake_case', 'snake_case'],
    ['Straße Ærø Łódź İstanbul', 'strasse-aero-lodz-istanbul'],
    ['__a--b__', 'a-b'],
    ['ﬁne ² x', 'fine-2-x'],
    ['123', '123'],
  ])('makes %j into %j', (text, expected) => {
    expect(slugFromName(text)).toBe(expected);
  });

  it('takes the fallback when no letter or digit is left', () => {
    expect(slugFromName('名称', 'prompt-7')).toBe('prompt-7');
    expect(slugFromName('-_-')).toBeUndefined();
  });

  it('cuts to 64 and still ends with a letter or digit', () => {
    expect(slugFromName('a'.repeat(63) + ' b')).toBe('a'.repeat(63));
  });

  it('gives a right slug for every name, and leaves a slug with single hyphens as it is', () => {
    fc.assert(
      fc.property(name, (text) => {
        const made = slugFromName(text, 'prompt-1');
        expect(checkSlug(made)).toBeUndefined();
        expect(slugFromName(made)).toBe(made);
      }),
      RUNS,
    );
  });
});

describe('checkSlug', () => {
  it.each(['a', '0', 'a-b', 'a_b', 'a--b', 'a'.repeat(64)])('accepts %j', (text) => {
    expect(checkSlug(text)).toBeUndefined();
  });

  it.each(['', '-', '_', 'a-', '-a', 'A', 'a b', 'a.b', 'é', 'a\n', 'a'.repeat(65), 'a/b', 'a@b'])(
    'refuses %j',
    (text) => {
      expect(checkSlug(text)).toMatch(/1 to 64 of a-z, 0-9, - and _/);
    },
  );

  it('names a slug that would do', () => {
    expect(checkSlug('Welcome Mail')).toContain('for example welcome-mail.');
  });
});

describe('uniqueSlug', () => {
  it('keeps a free slug and numbers a taken one', () => {
    const taken = new Set(['mail', 'mail-2']);
    expect(uniqueSlug('post', (text) => taken.has(text))).toBe('post');
    expect(uniqueSlug('mail', (text) => taken.has(text))).toBe('mail-3');
  });

  it('cuts a long slug so that its number fits', () => {
    expect(uniqueSlug('a'.repeat(64), (text) => text.length === 64 && !text.includes('-'))).toBe(
      `${'a'.repeat(62)}-2`,
    );
    expect(uniqueSlug(`${'a'.repeat(60)}-bcd`, (text) => text.endsWith('d'))).toBe(`${'a'.repeat(60)}-b-2`);
    expect(uniqueSlug(`${'a'.repeat(61)}-bc`, (text) => text.endsWith('c'))).toBe(`${'a'.repeat(61)}-2`);
  });

  it('gives a right slug that is not taken, whatever is taken', () => {
    fc.assert(
      fc.property(slug, fc.integer({ min: 0, max: 120 }), (base, count) => {
        const taken = new Set<string>();
        for (let i = 0; i < count; i += 1) {
          const made = uniqueSlug(base, (text) => taken.has(text));
          expect(taken.has(made)).toBe(false);
          expect(made).toMatch(SLUG_PATTERN);
          taken.add(made);
        }
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(slug, (base) => {
        const made = uniqueSlug(base, (text) => text === base);
        expect(made).toMatch(SLUG_PATTERN);
        expect(made).not.toBe(base);
      }),
      RUNS,
    );
  });
});

describe('createSlugNumbering', () => {
  /** Short and long bases, bases that look numbered, and bases that are cut to the same stem. */
  const base = fc.oneof(
    fc.constantFrom('a', 'a-2', 'a-3', 'a-10', 'a-2-2', 'b', 'a_2'),
    fc
      .tuple(
        fc.constantFrom(57, 58, 59, 60, 61, 62, 63),
        fc.constantFrom('', 'b', '-b', '--c', '-2', '-10', '_7'),
      )
      .map(([length, end]) => `${'a'.repeat(length)}${end}`.slice(0, 64))
      .filter((text) => SLUG_PATTERN.test(text)),
  );

  it('returns the slugs that counting from 2 for each name returns', () => {
    fc.assert(
      fc.property(fc.array(base, { maxLength: 60 }), fc.array(base, { maxLength: 3 }), (bases, repeated) => {
        const number = createSlugNumbering();
        const given = new Set<string>();
        for (const one of [
          ...bases,
          ...repeated.flatMap((text) => Array<string>(110).fill(text)),
          ...bases,
        ]) {
          const expected = uniqueSlug(one, (slug) => given.has(slug));
          given.add(expected);
          expect(number(one)).toBe(expected);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['equal names', () => 'a'],
    [
      'long names that are cut to one stem, each of them twice',
      (n: number) => `${'a'.repeat(58)}${String(100_000 + (n >> 1))}`,
    ],
    ['names that are numbered already', (n: number) => (n % 2 === 0 ? `a-${(n >> 1) + 2}` : 'a')],
  ])('looks at 100,000 %s in linear time', (_, nameOf) => {
    const has = vi.spyOn(Set.prototype, 'has');
    try {
      const number = createSlugNumbering();
      for (let n = 0; n < 100_000; n += 1) number(nameOf(n));
      // At most six lookups for a name: one for each number of digits, and one to step over a taken number.
      expect(has.mock.calls.length).toBeLessThan(12 * 100_000);
    } finally {
      has.mockRestore();
    }
  });
});

describe('compareSlugs', () => {
  it('sorts numbers by their value', () => {
    const sorted = ['rule', 'rule-1', 'rule-01', 'rule-2', 'rule-10', 'rule-10-b', 'rule-100', 'rule-a'];
    expect(sorted.toReversed().sort(compareSlugs)).toEqual([
      ...['rule', 'rule-01', 'rule-1', 'rule-2', 'rule-10', 'rule-10-b', 'rule-100', 'rule-a'],
    ]);
  });

  it('is a total order', () => {
    fc.assert(
      fc.property(slug, slug, slug, (one, two, three) => {
        expect(Math.sign(compareSlugs(one, two))).toBe(0 - Math.sign(compareSlugs(two, one)));
        expect(compareSlugs(one, two) === 0).toBe(one === two);
        const [first = '', second = '', third = ''] = [one, two, three].sort(compareSlugs);
        expect(compareSlugs(first, second)).toBeLessThanOrEqual(0);
        expect(compareSlugs(first, third)).toBeLessThanOrEqual(0);
        expect(compareSlugs(second, third)).toBeLessThanOrEqual(0);
      }),
      RUNS,
    );
  });
});
