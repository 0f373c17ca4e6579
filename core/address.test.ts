import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, it, vi } from 'vitest';
import {
  checkLabelName,
  parseAddress,
  parseSelector,
  printAddress,
  printSelector,
  type Address,
  type Selector,
} from './address.ts';
import { SLUG_PATTERN } from './slug.ts';
import { numbers, ranges } from './version.arbitrary.ts';

// Ten thousand runs on a busy machine take longer than the usual five seconds.
vi.setConfig({ testTimeout: 60_000 });

const RUNS = { numRuns: 10_000 };

const slug = fc
  .string({ unit: fc.constantFrom(...'abx109-_'), minLength: 1, maxLength: 8 })
  .filter((text) => SLUG_PATTERN.test(text));
const label = fc
  .string({ unit: fc.constantFrom(...'avx19._-'), minLength: 1, maxLength: 36 })
  .filter((text) => checkLabelName(text) === undefined);
const selector: fc.Arbitrary<Selector> = fc.oneof(
  numbers.map((version): Selector => ({ kind: 'version', version })),
  ranges.filter((range) => semver.valid(range) === null).map((range): Selector => ({ kind: 'range', range })),
  label.map((name): Selector => ({ kind: 'label', name })),
  fc.constantFrom<Selector>({ kind: 'draft' }, { kind: 'latest' }),
);
const address: fc.Arbitrary<Address> = fc.record(
  { organisation: slug, project: slug, set: slug, prompt: slug, selector },
  { requiredKeys: ['project', 'set', 'selector'] },
);
/** Strings that are nearly addresses. */
const nearly = fc
  .array(
    fc.constantFrom(
      'a',
      'b-c',
      '/',
      '/',
      '@',
      '@',
      'v1',
      '1.4',
      '^',
      '~',
      'x',
      ' ',
      '%40',
      '%2F',
      '%',
      '+',
      '.',
      '-rc',
      'Draft',
      'latest',
      '||',
      '\n',
      'é',
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

function read(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}

describe('parseAddress', () => {
  it.each<[string, Address]>([
    [
      'support/emails/welcome',
      { project: 'support', set: 'emails', prompt: 'welcome', selector: { kind: 'latest' } },
    ],
    ['support/emails', { project: 'support', set: 'emails', selector: { kind: 'latest' } }],
    ['support/emails@draft', { project: 'support', set: 'emails', selector: { kind: 'draft' } }],
    [
      'a/b/c@v1.4.2',
      { project: 'a', set: 'b', prompt: 'c', selector: { kind: 'version', version: '1.4.2' } },
    ],
    ['a/b/c@1.4', { project: 'a', set: 'b', prompt: 'c', selector: { kind: 'range', range: '1.4' } }],
    ['a/b/c@latest', { project: 'a', set: 'b', prompt: 'c', selector: { kind: 'latest' } }],
    ['a/b@>=1.2  <2', { project: 'a', set: 'b', selector: { kind: 'range', range: '>=1.2 <2' } }],
    [
      '@acme/a/b@production',
      { organisation: 'acme', project: 'a', set: 'b', selector: { kind: 'label', name: 'production' } },
    ],
    [
      'a%2Fb%2Fc%40%5E1.4',
      { project: 'a', set: 'b', prompt: 'c', selector: { kind: 'range', range: '^1.4' } },
    ],
    [
      'a/b/c@%3E%3D1.2%20%3C2',
      { project: 'a', set: 'b', prompt: 'c', selector: { kind: 'range', range: '>=1.2 <2' } },
    ],
  ])('reads %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([
    '',
    '/',
    'a',
    '@',
    '@acme',
    '@acme/a',
    '@/a/b',
    'a//b',
    '/a/b',
    'a/b/',
    'a/b/c/d',
    'A/b',
    'a/-/b',
    'a/b@',
    'a/b@@1',
    'a/b@1.0.0@1.0.0',
    'a/b@Production',
    'a/b@1.4.2+7',
    'a/b@^1.4+7',
    'a/b%',
    'a/b%2540draft',
    'a/b@1.4/c',
    'https://h/a/b',
    'a/b@' + 'x'.repeat(300),
    'a'.repeat(3000),
    'a/b@not a label',
  ])('refuses %j with the right form', (text) => {
    const parsed = parseAddress(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok)
      expect(parsed.message).toMatch(
        /project\/prompt_set|after the @|lower-case letters|build metadata|1\.4\.2/,
      );
  });

  it('reads back every address it prints, plain, percent-encoded in its parts and as a whole', () => {
    fc.assert(
      fc.property(address, (structure) => {
        const text = printAddress(structure);
        expect(read(text)).toEqual(structure);
        expect(read(encodeURIComponent(text))).toEqual(structure);
        expect(read(encodeURI(text))).toEqual(structure);
        expect(printAddress(read(text))).toBe(text);
      }),
      RUNS,
    );
  });

  it('gives for any string an address that is stable, or a sentence', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string({ unit: 'binary' })), (text) => {
        const parsed = parseAddress(text);
        if (parsed.ok) expect(read(printAddress(parsed.address))).toEqual(parsed.address);
        else expect(parsed.message).toMatch(/^\S[^]*\.$/);
      }),
      RUNS,
    );
  });
});

describe('parseSelector', () => {
  it('tells an exact version from a range', () => {
    for (const text of ['1.4.2', 'v1.4.2', '2.0.0-rc.1'])
      expect(parseSelector(text)).toMatchObject({ selector: { kind: 'version' } });
    for (const text of ['1', '1.4', 'v1', 'x', '1.x', '*', '=1.4.2', '^1.0.0-rc', '1 || 2', '1.0 - 2.0']) {
      expect(parseSelector(text)).toMatchObject({ selector: { kind: 'range' } });
    }
  });

  it('reads back every selector it prints', () => {
    fc.assert(
      fc.property(selector, (structure) => {
        expect(parseSelector(printSelector(structure))).toEqual({ ok: true, selector: structure });
      }),
      RUNS,
    );
  });
});

describe('checkLabelName', () => {
  it.each(['production', 'staging', 'a', 'x1', 'team-a_2.b', 'v', 'version-1', 'a'.repeat(36)])(
    'accepts %j',
    (name) => {
      expect(checkLabelName(name)).toBeUndefined();
    },
  );

  it.each([
    '',
    'A',
    '1',
    '-a',
    'é',
    'a b',
    'a/b',
    'a@b',
    'x',
    'v1',
    'v1.x',
    'v1.2.3',
    'v1.2.3-rc',
    'vx',
    'x.x',
    'latest',
    'draft',
    'a\n',
    'a'.repeat(37),
  ])('refuses %j with a sentence', (name) => {
    expect(checkLabelName(name)).toMatch(/^[^]+\.$/);
  });

  it('refuses, of the names that have the form of a label, exactly those that semver reads as a range when a repeated v counts once', () => {
    const parts = fc.constantFrom('v', 'x', '0', '1', '12', '01', '.', '-', '_', 'rc');
    const names = fc.array(parts, { minLength: 1, maxLength: 8 }).map((all) => all.join(''));
    fc.assert(
      fc.property(names, (name) => {
        fc.pre(/^[a-z][a-z0-9._-]{0,35}$/.test(name));
        const range = semver.validRange(name.replace(/^v+/, 'v'));
        expect(checkLabelName(name) !== undefined).toBe(range !== null);
      }),
      // semver reads vv1.1 as a range and vv1.1.1 not.
      { ...RUNS, examples: [['vv1.1'], ['vv1.1.1'], ['vv1.1.1-rc']] },
    );
  });

  it('accepts no name that parses as a range, and each name it accepts is read as that label', () => {
    const names = fc.string({ unit: fc.constantFrom(...'vxab012._-X*'), minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(fc.oneof(names, label), (name) => {
        if (checkLabelName(name) !== undefined) return;
        expect(semver.validRange(name)).toBeNull();
        expect(parseSelector(name)).toEqual({ ok: true, selector: { kind: 'label', name } });
      }),
      RUNS,
    );
  });
});
