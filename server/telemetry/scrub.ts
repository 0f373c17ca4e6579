/** What is left of a message: enough to find the place, too little for a template. */
const MAX_LENGTH = 300;

const RULES: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z]+:\/\/[^\s"']+/gi, '…://…'],
  [/ank_[A-Za-z0-9_-]+/g, 'ank_…'],
  [/\b(bearer|basic)\s+\S+/gi, '$1 …'],
  [/\b(cookie|set-cookie|authorization|password|token|secret)\b\s*[:=]\s*[^\s,;]+/gi, '$1: …'],
  [/[^\s@"'<>]+@[^\s@"'<>]+\.[^\s@"'<>]+/g, '…@…'],
  // What a message quotes is what somebody wrote. An apostrophe inside a word quotes nothing.
  [/"[^"]*"/g, '"…"'],
  [/`[^`]*`/g, '`…`'],
  [/(?<![\p{L}\d])'[^']*'/gu, "'…'"],
  [/\{[{%][\s\S]*/g, '{{…'],
  [/[A-Za-z0-9+/_-]{32,}={0,2}/g, '…'],
];

/**
 * Takes out of an error's message what may be somebody's: secrets, addresses, templates, and whatever is quoted.
 *
 * @returns its first line, at most 300 characters
 */
export function scrub(message: string): string {
  const [line = ''] = message.split('\n', 1);
  return RULES.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line).slice(
    0,
    MAX_LENGTH,
  );
}
