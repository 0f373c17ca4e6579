import { describe, expect, it } from 'vitest';
import { checkRequestedVersion, nextVersion } from './next-version.ts';
import { pickVersion } from './version.ts';

const versions = (...numbers: string[]) => numbers.map((number) => ({ number, yanked: false }));

describe('pickVersion', () => {
  it('picks the highest release for `latest`', () => {
    const picked = pickVersion(versions('1.0.0', '1.2.0', '2.0.0-rc.1'), { kind: 'latest' });
    expect(picked).toEqual({ ok: true, version: { number: '1.2.0', yanked: false } });
  });

  it('names a pre-release only when the range would find it', () => {
    const range = { kind: 'range', range: '^2' } as const;
    expect(pickVersion(versions('1.0.0-rc.1', '3.0.0'), range)).toEqual({
      ok: false,
      message: 'No version matches ^2. The newest is 3.0.0.',
    });
    expect(pickVersion(versions('1.0.0', '2.1.0-rc.1'), range)).toMatchObject({
      message: expect.stringContaining('No release matches ^2: only 2.1.0-rc.1 exists') as string,
    });
  });
});

describe('nextVersion', () => {
  it('goes on above the newest number of a patched line, whatever was released in other lines', () => {
    const line = { base: '1.4.2', level: 'patch', line: 'patch' } as const;
    expect(nextVersion({ ...line, existing: ['1.4.2', '1.4.3', '1.5.0', '2.0.0'] })).toBe('1.4.4');
    expect(nextVersion({ ...line, existing: ['1.4.3'] })).toBe('1.4.4');
    expect(nextVersion({ ...line, level: 'minor', existing: ['1.4.2', '1.4.3'] })).toBe('1.4.4');
  });

  it('goes on above a number that is higher than the level asks for', () => {
    expect(nextVersion({ existing: ['1.0.0', '2.0.0'], base: '1.0.0', level: 'minor' })).toBe('2.1.0');
    expect(nextVersion({ existing: ['1.0.0', '2.0.0'], base: '1.0.0', level: 'patch' })).toBe('2.0.1');
  });

  it('begins with 1.0.0 in a patched line too, when nothing is released', () => {
    expect(nextVersion({ existing: [], base: undefined, level: 'patch', line: 'patch' })).toBe('1.0.0');
  });

  it('goes on from the highest release when no base is known', () => {
    expect(nextVersion({ existing: ['1.2.0', '1.1.0'], base: undefined, level: 'minor' })).toBe('1.3.0');
  });
});

describe('checkRequestedVersion', () => {
  it.each([
    ['The field `a.b` is gone.', 'the field `a.b` is gone'],
    ['`x` lost A field.', '`x` lost A field'],
    ['Items are new.', 'Items are new'],
  ])('puts the reason %j into its sentence', (reason, clause) => {
    const input = { existing: ['1.0.0'], base: '1.0.0', level: 'major' } as const;
    expect(checkRequestedVersion({ ...input, requested: '1.1.0', reason })).toEqual({
      ok: false,
      message: `1.1.0 is too low: ${clause}, so it must be at least 2.0.0.`,
    });
  });
});
