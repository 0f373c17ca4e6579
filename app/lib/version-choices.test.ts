import { checkRequestedVersion, nextVersion, type Level } from '@anvil/core/next-version';
import fc from 'fast-check';
import { nextPrerelease } from '@anvil/core/next-prerelease';
import { expect, test } from 'vitest';
import { chosenNumber, OTHER_NUMBER, versionChoices } from './version-choices.ts';

type Next = Omit<Parameters<typeof versionChoices>[0], 'prerelease'>;

const choices = (next: Next, existing: string[]) => {
  const prerelease = next.number === null ? null : (nextPrerelease(next.number, existing) ?? null);
  return versionChoices({ ...next, prerelease }, existing.length === 0);
};
const numbers = (next: Next, existing: string[] = []): string[] =>
  choices(next, existing).map(({ number }) => number);

test('the proposed number comes first, then its pre-release, then the next major', () => {
  expect(numbers({ number: '2.4.0', base: '2.3.1', level: 'minor' }, ['2.3.1'])).toEqual([
    '2.4.0',
    '2.4.0-rc.1',
    '3.0.0',
  ]);
  expect(numbers({ number: '2.4.0', base: '2.3.1', level: 'minor' }, ['2.3.1', '2.4.0-rc.1'])).toEqual([
    '2.4.0',
    '2.4.0-rc.2',
    '3.0.0',
  ]);
  expect(numbers({ number: '3.0.0', base: '2.3.1', level: 'major' })).toEqual(['3.0.0', '3.0.0-rc.1']);
  expect(numbers({ number: '1.0.0', base: null, level: 'minor' })).toEqual(['1.0.0', '1.0.0-rc.1', '0.1.0']);
  expect(numbers({ number: null, base: '1.0.0', level: 'none' })).toEqual([]);
  const many = Array.from({ length: 150 }, (_, index) => `1.${index}.0`);
  const next = { number: '2.0.0', base: '1.149.0', level: 'major' as const };
  expect(numbers(next, ['2.0.0-rc.1', ...many])).toEqual(['2.0.0', '2.0.0-rc.2']);
});

test('every number that is offered is one that publishing accepts', () => {
  const level = fc.constantFrom<Level>('major', 'minor', 'patch');
  fc.assert(
    fc.property(fc.array(fc.tuple(level, fc.nat(2)), { maxLength: 6 }), level, (history, last) => {
      const existing: string[] = [];
      let base: string | undefined;
      for (const [step, pick] of history) {
        const number = nextVersion({ existing, base, level: step });
        const offered = choices({ number, base: base ?? null, level: step }, existing);
        const chosen = offered[pick % offered.length]?.number ?? number;
        existing.push(chosen);
        if (!chosen.includes('-')) base = chosen;
      }
      const number = nextVersion({ existing, base, level: last });
      for (const choice of choices({ number, base: base ?? null, level: last }, existing)) {
        expect(
          checkRequestedVersion({ existing, base, level: last, requested: choice.number }),
        ).toMatchObject({ ok: true });
      }
    }),
    { numRuns: 10_000 },
  );
});

test('a number is published only when it was both chosen and written', () => {
  expect(chosenNumber('1.2.0', '')).toEqual({ ok: true, number: '1.2.0' });
  expect(chosenNumber('', ' ')).toEqual({ ok: true, number: undefined });
  expect(chosenNumber(OTHER_NUMBER, ' 2.0.0-beta.1 ')).toEqual({ ok: true, number: '2.0.0-beta.1' });
  expect(chosenNumber('1.2.0', '2.0.0').ok).toBe(false);
  expect(chosenNumber(OTHER_NUMBER, '').ok).toBe(false);
});
