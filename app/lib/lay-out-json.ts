/**
 * JSON on lines to read: each member of the outermost object on a line of its own, all else as it was. Only space is
 * added, so what is shown is what was answered.
 */
export function layOutJson(text: string): string {
  let depth = 0;
  let inString = false;
  let out = '';
  for (let index = 0; index < text.length; index += 1) {
    const sign = text.charAt(index);
    out += sign;
    if (inString) {
      if (sign === '\\') out += text.charAt((index += 1));
      else if (sign === '"') inString = false;
      continue;
    }
    if (sign === '"') inString = true;
    else if (sign === ':') out += ' ';
    else if (sign === ',') out += depth === 1 ? '\n  ' : ' ';
    else if (sign === '{' || sign === '[') {
      depth += 1;
      if (depth === 1) out += ' ';
    } else if (sign === '}' || sign === ']') {
      depth -= 1;
      if (depth === 0) out = `${out.slice(0, -1)} ${sign}`;
    }
  }
  return out;
}
