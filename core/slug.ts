import { withPlainLetters } from './text.ts';

/**
 * Slugs: the names of projects, sets and prompts in addresses and URLs.
 * One letter or digit at either end, so that no slug is `-` (the segment that starts pages *about* a thing).
 */
export const SLUG_LENGTH_MAX = 64;
export const SLUG_PATTERN = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

/**
 * Makes a slug from a name that a person wrote: diacritics off, everything else becomes `-`.
 * @param name any text
 * @param fallback what to take when no letter or digit is left, e.g. `prompt-7`; without it the answer is then `undefined`
 */
export function slugFromName(name: string, fallback: string): string;
export function slugFromName(name: string): string | undefined;
export function slugFromName(name: string, fallback?: string): string | undefined {
  const lowerCase = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    // Once more: lower-casing İ brings a combining dot back.
    .replace(/\p{M}+/gu, '');
  const slug = withPlainLetters(lowerCase)
    // An apostrophe joins ("brand's" is one word), anything else separates.
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9_]+/g, '-');
  return trimEnds(trimEnds(slug).slice(0, SLUG_LENGTH_MAX)) || fallback;
}

/**
 * Says what is wrong with a slug.
 * @returns a sentence, or `undefined` when the slug is right
 */
export function checkSlug(text: string): string | undefined {
  if (SLUG_PATTERN.test(text)) return undefined;
  const form = 'Use 1 to 64 of a-z, 0-9, - and _, beginning and ending with a letter or digit';
  if (text === '') return `The slug is empty. ${form}.`;
  if (text.length > SLUG_LENGTH_MAX)
    return `The slug has ${text.length} characters, at most 64 are allowed. ${form}.`;
  const suggestion = slugFromName(text);
  return suggestion === undefined
    ? `This is not a slug. ${form}.`
    : `This is not a slug. ${form}, for example ${suggestion}.`;
}

/**
 * Returns the base itself if it is free, else the first free of `base-2`, `base-3` …, cut so that it stays a slug.
 * @param base a slug
 * @param isTaken whether a slug is in use; must be false for some number
 */
export function uniqueSlug(base: string, isTaken: (slug: string) => boolean): string {
  if (!isTaken(base)) return base;
  for (let number = 2; ; number += 1) {
    const slug = numberedSlug(base, number);
    if (!isTaken(slug)) return slug;
  }
}

/**
 * Gives out slugs that are all different: each call returns what `uniqueSlug` returns if the slugs of the earlier calls
 * are taken. The next number is remembered for each stem, so that n calls take time proportional to n.
 */
export function createSlugNumbering(): (base: string) => string {
  const given = new Set<string>();
  // By the stem and the number of digits: long bases are cut to different stems for different numbers of digits, and
  // different long bases are cut to the same stem.
  const nextNumbers = new Map<string, number>();
  const firstFree = (base: string): string => {
    if (!given.has(base)) return base;
    for (let digits = 1; ; digits += 1) {
      const key = `${digits}:${stemOf(base, digits)}`;
      const end = 10 ** digits;
      let number = nextNumbers.get(key) ?? Math.max(2, end / 10);
      while (number < end && given.has(numberedSlug(base, number))) number += 1;
      nextNumbers.set(key, number);
      if (number < end) return numberedSlug(base, number);
    }
  };
  return (base) => {
    const slug = firstFree(base);
    given.add(slug);
    return slug;
  };
}

/** Returns `base-number`, with the base cut so that the whole is a slug. */
export function numberedSlug(base: string, number: number): string {
  return `${stemOf(base, String(number).length)}-${number}`;
}

function stemOf(base: string, digits: number): string {
  return trimEnds(base.slice(0, SLUG_LENGTH_MAX - 1 - digits));
}

/** Not by one regular expression: `[-_]+$` takes quadratic time on long runs that end in something else. */
function trimEnds(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSeparator(text[start])) start += 1;
  while (end > start && isSeparator(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isSeparator(character: string | undefined): boolean {
  return character === '-' || character === '_';
}

/** Longest run of digits in a slug. */
const DIGITS_MAX = SLUG_LENGTH_MAX;

/** Compares two slugs in natural order: `rule-2` comes before `rule-10`. For `sort`. */
export function compareSlugs(one: string, other: string): number {
  const [left, right] = [sortKey(one), sortKey(other)];
  if (left !== right) return left < right ? -1 : 1;
  return one < other ? -1 : Number(one !== other);
}

/** Every number filled up with zeros to the same length, so that numbers sort by their value. */
function sortKey(slug: string): string {
  return slug.replaceAll(/\d+/g, (digits) => digits.padStart(DIGITS_MAX, '0'));
}
