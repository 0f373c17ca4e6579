import { describe, expect, it } from 'vitest';
import { checkSlug, numberedSlug } from './slug.ts';

const FORM = 'Use 1 to 64 of a-z, 0-9, - and _, beginning and ending with a letter or digit';

describe('checkSlug', () => {
  it.each([
    ['', `The slug is empty. ${FORM}.`],
    ['a'.repeat(65), `The slug has 65 characters, at most 64 are allowed. ${FORM}.`],
    // 64 characters are allowed, so something else is wrong here.
    [`${'a'.repeat(63)}-`, `This is not a slug. ${FORM}, for example ${'a'.repeat(63)}.`],
    ['A B', `This is not a slug. ${FORM}, for example a-b.`],
    ['-_-', `This is not a slug. ${FORM}.`],
  ])('refuses %j and says why', (text, message) => {
    expect(checkSlug(text)).toBe(message);
  });
});

describe('numberedSlug', () => {
  it('cuts no more than the number needs', () => {
    expect(numberedSlug('a'.repeat(64), 2)).toBe(`${'a'.repeat(62)}-2`);
    expect(numberedSlug('a'.repeat(64), 10)).toBe(`${'a'.repeat(61)}-10`);
    expect(numberedSlug(`${'a'.repeat(61)}-b`, 2)).toBe(`${'a'.repeat(61)}-2`);
  });
});
