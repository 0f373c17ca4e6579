import { checkSlug, SLUG_LENGTH_MAX, SLUG_PATTERN } from '@anvil/core/slug';
import { z } from 'zod';
import { wholeNumber } from './bounded.ts';

const NO_NUL = /^[^\u0000]*$/; // eslint-disable-line no-control-regex -- NUL is what it excludes
const NOT_TEXT = 'This contains a character that isn’t text (a NUL or half of a surrogate pair). Remove it.';

/**
 * The one text type: well-formed Unicode without NUL. PostgreSQL accepts neither.
 *
 * @param maxLength in UTF-16 code units
 */
export function text(maxLength: number, minLength = 0) {
  const required =
    minLength > 0
      ? z.string().min(minLength, {
          error: minLength === 1 ? 'This can’t be empty.' : `At least ${minLength} characters.`,
        })
      : z.string();
  return required
    .max(maxLength, { error: `At most ${maxLength.toLocaleString('en-GB')} characters.` })
    .regex(NO_NUL, { error: NOT_TEXT })
    .refine((value) => value.isWellFormed(), { error: NOT_TEXT });
}

/**
 * Control characters, line separators, and signs that change the direction of the text around a name. The marks U+200E and
 * U+200F act as a letter of their direction does, and names in Arabic and Hebrew need them.
 */
// eslint-disable-next-line no-control-regex -- control characters are what it excludes
const ONE_LINE = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/;
/** Letters of Hangul that show nothing, and the blank of Braille. */
const BLANKS = '\\u115f\\u1160\\u2800\\u3164\\uffa0';
/** Something that can be seen: a letter, a digit, a sign of punctuation or a symbol. */
const VISIBLE = new RegExp(`(?![${BLANKS}])[\\p{L}\\p{N}\\p{P}\\p{S}]`, 'u');

/** A line of text to name something: trimmed, and not invisible. */
export const nameText = text(120)
  .regex(ONE_LINE, {
    error:
      'This can’t hold line breaks, control characters or signs that change the direction of text. Remove them.',
  })
  .regex(VISIBLE, { error: 'This can’t be empty.' })
  .meta({ minLength: 1, examples: ['Welcome mail'] })
  .pipe(z.string().trim());

export const slugText = z
  .string()
  .superRefine((value, context) => {
    const wrong = checkSlug(value);
    if (wrong) context.addIssue({ code: 'custom', message: wrong });
  })
  .meta({
    pattern: SLUG_PATTERN.source,
    minLength: 1,
    maxLength: SLUG_LENGTH_MAX,
    examples: ['welcome-mail'],
  });

export const id = z.uuid({ error: 'This isn’t an id. Ids look like 01890a5d-ac96-774b-bcce-b302099a8057.' });
export const sha256Hex = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { error: 'A SHA-256 is 64 characters of 0-9 and a-f.' });

/** ISO 8601, UTC. */
export const time = z.iso.datetime();

/** Which organisation. May be left out by API keys and by members of exactly one. */
export const organisationInput = z.strictObject({
  organisation: text(64)
    .optional()
    .describe('Its slug. A key belongs to one, and so may you: then leave it out.'),
});

export const pageInput = z.strictObject({
  cursor: z
    .string()
    .max(200)
    .regex(/^[\w-]+$/, {
      error: 'This isn’t a cursor. Send meta.cursor of the previous page, or leave it out.',
    })
    .optional()
    .describe('`meta.cursor` of the page before; the first page when left out.'),
  limit: wholeNumber(1, 100).default(50).describe('How many there are in one page at most.'),
});

/** @returns the schema of one page of a list */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    meta: z.object({
      cursor: z
        .string()
        .nullable()
        .describe('Send it as `cursor` to get the next page; `null` on the last one.'),
      has_more: z.boolean().describe('Whether there is a next page.'),
    }),
  });
}
export interface Page<T> {
  data: T[];
  meta: { cursor: string | null; has_more: boolean };
}

/** Who did it: a person, or a program by its key. */
export const authorView = z.object({
  kind: z.enum(['user', 'api_key']).describe('A person, or a program by its key.'),
  id: id,
  name: z.string(),
});
export type AuthorView = z.infer<typeof authorView>;
