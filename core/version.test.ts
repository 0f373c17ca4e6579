import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, it, vi } from 'vitest';
import {
  compareVersions,
  isPrerelease,
  latestVersion,
  parseVersion,
  pickVersion,
  promotedNumber,
} from './version.ts';
import { numbers, ranges } from './version.arbitrary.ts';

// Ten thousand runs on a busy machine take longer than the usual five seconds.
vi.setConfig({ testTimeout: 60_000 });

const RUNS = { numRuns: 10_000 };
const list = (...texts: string[]) =>
  texts.map((text) => ({ number: text.replace('!', ''), yanked: text.endsWith('!') }));
const range = (text: string) => ({ kind: 'range', range: text }) as const;
const exact = (version: string) => ({ kind: 'version', version }) as const;
const LATEST = { kind: 'latest' } as const;

function picked(
  versions: { number: string; yanked: boolean }[],
  selector: Parameters<typeof pickVersion>[1],
): string {
  const answer = pickVersion(versions, selector);
  return answer.ok ? answer.version.number : answer.message;
}

describe('parseVersion', () => {
  it.each([
    ['1.4.2', '1.4.2'],
    ['v1.4.2', '1.4.2'],
    [' 2.0.0-rc.1 ', '2.0.0-rc.1'],
  ])('reads %j as %j', (text, version) => {
    expect(parseVersion(text)).toEqual({ ok: true, version });
  });

  it.each([
    '',
    '1',
    '1.4',
    'v',
    '=1.4.2',
    '01.4.2',
    '1.4.2-',
    '1.4.2-01',
    '1.4.2 beta',
    '^1.4.2',
    '99999999999999999999.0.0',
  ])('refuses %j with the right form', (text) => {
    expect(parseVersion(text)).toEqual({ ok: false, message: expect.stringContaining('such as 1.4.2') });
  });

  it('refuses build metadata by name', () => {
    expect(parseVersion('1.4.2+7')).toEqual({
      ok: false,
      message: expect.stringContaining('build metadata'),
    });
  });

  it('reads back whatever it gave', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          numbers,
          numbers.map((n) => `v${n}`),
          fc.string({ maxLength: 12 }),
        ),
        (text) => {
          const parsed = parseVersion(text);
          if (parsed.ok) expect(parseVersion(parsed.version)).toEqual(parsed);
          else expect(semver.valid(text) === null || /[+=]/.test(text)).toBe(true);
        },
      ),
      RUNS,
    );
  });
});

describe('order', () => {
  it('is that of semver: a pre-release stands below its release', () => {
    const sorted = ['1.0.0', '1.0.0-rc.2', '0.9.9', '1.0.0-rc.10', '10.0.0', '2.0.0'].sort(compareVersions);
    expect(sorted).toEqual(['0.9.9', '1.0.0-rc.2', '1.0.0-rc.10', '1.0.0', '2.0.0', '10.0.0']);
  });

  it('promotes a pre-release to its release and leaves a release', () => {
    expect(promotedNumber('2.0.0-rc.1')).toBe('2.0.0');
    expect(promotedNumber('2.0.1')).toBe('2.0.1');
    expect([isPrerelease('2.0.0-rc.1'), isPrerelease('2.0.0')]).toEqual([true, false]);
  });
});

describe('latestVersion', () => {
  it('is the highest release that is not yanked', () => {
    expect(latestVersion(list('1.0.0', '1.2.0', '1.10.0!', '2.0.0-rc.1'))?.number).toBe('1.2.0');
    expect(latestVersion(list('1.0.0!', '2.0.0-rc.1'))).toBeUndefined();
  });
});

describe('pickVersion', () => {
  it('gives an exact pin the yanked version too', () => {
    expect(picked(list('1.0.0', '1.0.1!'), exact('1.0.1'))).toBe('1.0.1');
  });

  it('gives a range a yanked version only when nothing else matches', () => {
    expect(picked(list('1.0.0', '1.0.1!'), range('^1'))).toBe('1.0.0');
    expect(picked(list('1.0.0!', '1.0.1!', '2.0.0'), range('^1'))).toBe('1.0.1');
  });

  it('gives a range a pre-release only when it names one', () => {
    expect(picked(list('1.0.0', '1.1.0-rc.1'), range('^1.0.0'))).toBe('1.0.0');
    expect(picked(list('1.0.0', '1.1.0-rc.1'), range('^1.1.0-rc'))).toBe('1.1.0-rc.1');
    expect(picked(list('1.0.0', '1.1.0-rc.1'), range('*'))).toBe('1.0.0');
  });

  it('says why nothing matches and what to ask for', () => {
    expect(picked([], LATEST)).toBe('Nothing has been published here yet.');
    expect(picked(list('1.0.0-rc.1'), range('^1'))).toBe(
      'No release matches ^1: only 1.0.0-rc.1 exists; ask for it by ^1.0.0-rc.',
    );
    expect(picked(list('1.0.0-rc.1'), LATEST)).toBe(
      'There is no release yet: only 1.0.0-rc.1 exists; ask for it by ^1.0.0-rc.',
    );
    expect(picked(list('1.0.0-rc.1', '1.5.0'), range('1.0.x'))).toContain('ask for it by ~1.0.0-rc.');
    expect(picked(list('1.0.0', '1.4.0!'), range('^3'))).toBe('No version matches ^3. The newest is 1.0.0.');
    expect(picked(list('1.0.0'), exact('1.0.1'))).toBe('There is no version 1.0.1. The newest is 1.0.0.');
    expect(picked(list('1.0.0!'), LATEST)).toBe(
      'Every release is yanked, so latest names none. Ask for 1.0.0 by its exact number.',
    );
  });

  it('agrees with semver.maxSatisfying where nothing is yanked', () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 12 }), ranges, (versions, text) => {
        const answer = pickVersion(list(...versions), range(text));
        const expected = semver.maxSatisfying(versions, text);
        expect(answer.ok ? semver.compare(answer.version.number, expected ?? '0.0.0-0') : null).toBe(
          expected === null ? null : 0,
        );
      }),
      RUNS,
    );
  });

  it('the range it tells to ask for finds the pre-release it names', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(numbers, fc.boolean()), { minLength: 1, maxLength: 6 }),
        ranges,
        (pairs, text) => {
          const versions = pairs.map(([number, yanked]) => ({ number, yanked }));
          const message = picked(versions, range(text));
          const hint = /only (\S+) exists; ask for it by (\S+)\.$/.exec(message);
          if (hint !== null) expect(picked(versions, range(hint[2] ?? ''))).toBe(hint[1]);
        },
      ),
      RUNS,
    );
  });
});
