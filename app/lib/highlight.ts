/** Colours in code that is only read. Each function cuts a text into parts; joined, they are the text again. */

export interface CodePart {
  text: string;
  tone?: 'string' | 'name' | 'address' | 'keyword' | 'faint';
}

/** Cuts at the matches of `pattern` and gives each the tone that `toneOf` says. */
function cut(
  text: string,
  pattern: RegExp,
  toneOf: (match: RegExpExecArray) => CodePart['tone'],
): CodePart[] {
  const parts: CodePart[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: match[0], tone: toneOf(match) });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** Keys and strings of JSON. */
export function highlightJson(text: string): CodePart[] {
  return cut(text, /"(?:[^"\\\n]|\\.)*"(\s*:)?/g, (match) => (match[1] ? 'name' : 'string'));
}

/** Outputs, tags and comments of a Liquid template, each as one piece. */
export function highlightLiquid(text: string): CodePart[] {
  return cut(text, /\{\{[^}]*\}\}|\{%[^%]*%\}/g, (match) => (match[0].startsWith('{{') ? 'name' : 'keyword'));
}
