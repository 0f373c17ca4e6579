import fc from 'fast-check';

/** Random version numbers and ranges for the property tests: small parts, so that they meet often. */
const part = fc.nat({ max: 3 });
const tag = fc.constantFrom('rc', 'rc.1', 'rc.2', 'beta.1', 'alpha', '0', '1', 'x-y', 'rc.1.2');

export const releases: fc.Arbitrary<string> = fc.tuple(part, part, part).map((parts) => parts.join('.'));
export const numbers: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: releases },
  { weight: 1, arbitrary: fc.tuple(releases, tag).map(([release, name]) => `${release}-${name}`) },
);

const partial = fc.oneof(
  numbers,
  fc.tuple(part, part).map((parts) => parts.join('.')),
  part.map(String),
  fc.tuple(part, fc.constantFrom('x', 'X', '*', '0.x', '1.*')).map((parts) => parts.join('.')),
  fc.constantFrom('*', 'x'),
);
const comparator = fc
  .tuple(fc.constantFrom('', '^', '~', '>=', '<', '<=', '>', '=', 'v'), partial)
  .map((pair) => pair.join(''));

export const ranges: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: comparator.filter((text) => !text.startsWith('v*') && !text.startsWith('vx')) },
  { weight: 1, arbitrary: fc.tuple(partial, partial).map((pair) => pair.join(' - ')) },
  { weight: 1, arbitrary: fc.tuple(numbers, numbers).map(([low, high]) => `>=${low} <${high}`) },
  { weight: 1, arbitrary: fc.tuple(comparator, numbers).map((pair) => pair.join(' || ')) },
);
