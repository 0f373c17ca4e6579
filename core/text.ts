/** Strings everywhere are well-formed Unicode without NUL: PostgreSQL stores neither, and UTF-8 can't carry the first. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Whether a string is well-formed Unicode (no half of a surrogate pair) without NUL. */
export function isStorableText(text: string): boolean {
  return !UNSTORABLE.test(text);
}
