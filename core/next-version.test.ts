import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, it, vi } from 'vitest';
import { numbers, releases } from './version.arbitrary.ts';
import { checkRequestedVersion, nextVersion, type NextVersionInput } from './next-version.ts';
import { isPrerelease, promotedNumber } from './version.ts';

// Ten thousand runs on a busy machine take longer than the usual five seconds.
vi.setConfig({ testTimeout: 60_000 });

const RUNS = { numRuns: 10_000 };
const levels = fc.constantFrom('major', 'minor', 'patch');
const MANY: NextVersionInput = { existing: ['1.0.0', '1.4.0', '2.2.0'], base: '2.2.0', level: 'major' };

/** What has been published on the main line: the base is the highest release, pre-releases may stand above it. */
const mainLine: fc.Arbitrary<NextVersionInput> = fc
  .tuple(fc.array(numbers, { minLength: 1, maxLength: 8 }), levels)
  .filter(([existing]) => existing.some((number) => !isPrerelease(number)))
  .map(([existing, level]) => {
    const base = existing.filter((number) => !isPrerelease(number)).sort(semver.rcompare)[0];
    return { existing, base, level };
  });
const patchLine: fc.Arbitrary<NextVersionInput> = fc
  .array(releases, { minLength: 1, maxLength: 8 })
  .map((existing) => {
    const line = existing[0]?.split('.').slice(0, 2).join('.') ?? '';
    const base = semver.maxSatisfying(existing, `~${line}`) ?? undefined;
    return { existing, base, level: 'patch', line: 'patch' };
  });

describe('nextVersion', () => {
  it.each([
    ['the first', [], undefined, 'patch', '1.0.0'],
    ['a first that had a pre-release', ['1.0.0-rc.1'], undefined, 'patch', '1.0.0'],
    ['a first that began below 1.0.0', ['0.1.0-rc.1'], undefined, 'major', '0.1.0'],
    ['a breaking change', ['1.4.2'], '1.4.2', 'major', '2.0.0'],
    ['an addition', ['1.4.2'], '1.4.2', 'minor', '1.5.0'],
    ['a text change', ['1.4.2'], '1.4.2', 'patch', '1.4.3'],
    ['a breaking change below 1.0.0', ['0.3.1'], '0.3.1', 'major', '0.4.0'],
    ['an addition below 1.0.0', ['0.3.1'], '0.3.1', 'minor', '0.3.2'],
    ['what a pre-release announced', ['1.4.2', '2.0.0-rc.1'], '1.4.2', 'major', '2.0.0'],
    ['less than a pre-release announced', ['1.4.2', '2.0.0-rc.1'], '1.4.2', 'patch', '2.0.0'],
    ['more than a pre-release announced', ['1.4.2', '1.5.0-rc.1'], '1.4.2', 'major', '2.0.0'],
  ] as const)('proposes for %s: %j on %s, %s → %s', (_name, existing, base, level, expected) => {
    expect(nextVersion({ existing, base, level })).toBe(expected);
  });

  it('stays in the line that is patched', () => {
    expect(nextVersion({ existing: ['1.4.2', '2.0.0'], base: '1.4.2', level: 'patch', line: 'patch' })).toBe(
      '1.4.3',
    );
  });

  it('proposes more than all of the line, and what is then accepted', () => {
    fc.assert(
      fc.property(mainLine, (input) => {
        const next = nextVersion(input);
        expect(input.existing.filter((number) => semver.lte(next, number))).toEqual([]);
        expect(checkRequestedVersion({ ...input, requested: next })).toEqual({ ok: true, version: next });
        const candidate = `${next}-rc.9`;
        if (input.existing.every((number) => semver.gt(candidate, number))) {
          expect(checkRequestedVersion({ ...input, requested: candidate }).ok).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('proposes on a patched line a free number of that line, above all of it', () => {
    fc.assert(
      fc.property(patchLine, (input) => {
        const next = nextVersion(input);
        expect(input.existing).not.toContain(next);
        expect(semver.diff(next, input.base ?? '')).toBe('patch');
        expect(semver.gt(next, input.base ?? '')).toBe(true);
        expect(checkRequestedVersion({ ...input, requested: next }).ok).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('checkRequestedVersion', () => {
  const ask = (requested: string, input: Partial<NextVersionInput> & { reason?: string } = {}) => {
    const answer = checkRequestedVersion({ ...MANY, ...input, requested });
    return answer.ok ? `ok ${answer.version}` : answer.message;
  };

  it('accepts the proposed number, a higher one, and a pre-release of either', () => {
    for (const requested of ['3.0.0', 'v3.0.0', '3.0.1', '4.2.0', '3.0.0-rc.1', '5.0.0-0']) {
      expect(ask(requested)).toBe(`ok ${requested.replace('v', '')}`);
    }
  });

  it('refuses a lower one and says why, and what it must be', () => {
    for (const reason of [
      'the parameter tone of welcome is gone',
      'The parameter tone of welcome is gone.',
    ]) {
      expect(ask('2.3.0', { reason })).toBe(
        '2.3.0 is too low: the parameter tone of welcome is gone, so it must be at least 3.0.0.',
      );
    }
    expect(ask('2.3.0-rc.1')).toContain(
      'calls that worked with 2.2.0 can break, so it must be at least 3.0.0.',
    );
    expect(ask('2.2.1', { level: 'minor' })).toContain(
      'something was added since 2.2.0, so it must be at least 2.3.0.',
    );
    expect(ask('1.9.0', { level: 'patch' })).toContain(
      '2.2.0 is published already, so it must be at least 2.2.1.',
    );
    expect(ask('2.3.0', { level: 'minor', existing: ['2.2.0', '3.0.0-rc.1'] })).toBe(
      '2.3.0 is too low: 3.0.0-rc.1 is published already, so it must be at least 3.0.0.',
    );
    expect(ask('3.0.0-beta', { existing: ['2.2.0', '3.0.0-rc.1'] })).toContain('too low');
  });

  it('refuses a number that was used, and build metadata', () => {
    expect(ask('2.2.0')).toBe('2.2.0 is taken, and a number is never used twice. It must be at least 3.0.0.');
    expect(ask('3.0.0+5')).toContain('build metadata');
    expect(ask('next')).toContain('is not a version number');
  });

  it('wants a first version to be 1.0.0, any 0.x, or a pre-release of them', () => {
    const first = { existing: [], base: undefined };
    for (const requested of ['1.0.0', '0.1.0', '0.0.0', '0.9.3-rc.1', '1.0.0-rc.1']) {
      expect(ask(requested, first)).toBe(`ok ${requested}`);
    }
    for (const requested of ['1.0.1', '1.1.0', '2.0.0', '1.0.1-rc.1', '1.2.0-rc.1']) {
      expect(ask(requested, first)).toContain('a first version is 1.0.0, any 0.x');
    }
    expect(ask('0.9.0', { existing: ['1.0.0-rc.1'], base: undefined })).toContain('at least 1.0.0.');
  });

  it('keeps a patched line to its line and to patch changes', () => {
    const line = { existing: ['1.4.2', '2.0.0'], base: '1.4.2', level: 'patch', line: 'patch' } as const;
    expect(ask('1.4.3', line)).toBe('ok 1.4.3');
    expect(ask('1.4.4-rc.1', line)).toBe('ok 1.4.4-rc.1');
    expect(ask('1.5.0', line)).toContain('outside the line 1.4');
    expect(ask('1.4.1', line)).toContain('at least 1.4.3.');
    expect(ask('1.4.3', { ...line, level: 'minor' })).toContain(
      'only patch changes can go into the line 1.4.',
    );
  });

  it('accepts exactly the numbers above the line whose release is high enough', () => {
    fc.assert(
      fc.property(mainLine, numbers, (input, requested) => {
        const required = nextVersion({ ...input, existing: [] });
        const expected =
          input.existing.every((number) => semver.gt(requested, number)) &&
          semver.gte(promotedNumber(requested), required);
        expect(checkRequestedVersion({ ...input, requested }).ok).toBe(expected);
      }),
      RUNS,
    );
  });
});
