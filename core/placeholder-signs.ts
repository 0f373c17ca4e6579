/** Finds placeholders in texts from elsewhere: `${name}`, `${name:default}` and `{{name}}`. */

/** What becomes a parameter: nothing, `${name}`, `{{name}}`, or what Liquid reads. */
export const PLACEHOLDER_STYLES = ['none', 'dollar', 'mustache', 'liquid'] as const;
export type PlaceholderStyle = (typeof PLACEHOLDER_STYLES)[number];

/** A placeholder in a text. */
export interface Found {
  /** The placeholder as it was written: `${Name}`, `${Name:default}` or `{{name}}`. */
  source: string;
  /** The offset in the original text, in UTF-16 units. */
  offset: number;
  /** The name, exactly as written. */
  original: string;
  /** The text after the `:`, which may be empty; absent when bare. */
  default?: string;
}

/**
 * `${` and a name of 1 to 64 characters, as people name what they fill in: `Product/Service`, `Brand's name`. Everything
 * else is code, such as `${response.status}`, `${#list}` and `${index + 1}`.
 */
const DOLLAR_OPENING = /\$\{([\p{L}\p{N}_][\p{L}\p{M}\p{N}_ '’/,&-]{0,63})([:}])/uy;
/** After the colon a shell's operator: `${DIR:-/tmp}` is code. */
const SHELL_OPERATOR = /[-=+?]/y;
/** A name in two braces. Three braces, paths and tags such as `{{#each}}` are something else. */
const MUSTACHE = /(?<!\{)\{\{[ \t]*([\p{L}\p{N}_][\p{L}\p{M}\p{N}_-]{0,63})[ \t]*\}\}/gu;
/** Handlebars' and Liquid's own words. */
const MUSTACHE_WORDS = new Set(['else', 'this', 'true', 'false', 'null', 'nil', 'empty', 'blank']);
/** What of a text looks like a placeholder. `liquid`: a tag, or an output that isn't just a name. */
export interface PlaceholderSigns {
  dollar: boolean;
  mustache: boolean;
  liquid: boolean;
}

/** Looks for anything that a style other than `none` would convert. */
export function findSigns(text: string): PlaceholderSigns {
  return {
    dollar: text.includes('${') && findDollar(text, 1).length > 0,
    mustache: text.includes('{{') && findMustache(text, 1).length > 0,
    liquid: /\{%-?\s*[a-z]+\b|\{\{-?\s*[a-z_][\w.]*\s*[.|[]/i.test(text),
  };
}

/** Finds `{{name}}`, at most `max`. */
export function findMustache(text: string, max = Infinity): Found[] {
  const found: Found[] = [];
  for (const match of text.matchAll(MUSTACHE)) {
    const [source, original = ''] = match;
    if (!MUSTACHE_WORDS.has(original)) found.push({ source, offset: match.index, original });
    if (found.length === max) break;
  }
  return found;
}

/** Finds `${name}` and `${name:default}`, at most `max`, in time proportional to the length. */
export function findDollar(text: string, max = Infinity): Found[] {
  const found: Found[] = [];
  /** The next `}`, looked for once: searching anew for each opening would take quadratic time where none is closed. */
  let close = -1;
  for (let at = text.indexOf('${'); at !== -1 && found.length < max;) {
    DOLLAR_OPENING.lastIndex = at;
    const opening = DOLLAR_OPENING.exec(text);
    let end = at + 2;
    if (opening !== null) {
      const [head, original = '', last] = opening;
      const after = at + head.length;
      if (last === '}') {
        end = after;
        found.push({ source: head, offset: at, original });
      } else if (!isShellOperator(text, after)) {
        if (close < after) close = nextIndex(text, '}', after);
        if (close < text.length) {
          end = close + 1;
          found.push({
            source: text.slice(at, end),
            offset: at,
            original,
            default: text.slice(after, close),
          });
        }
      }
    }
    at = text.indexOf('${', end);
  }
  return found;
}

function isShellOperator(text: string, at: number): boolean {
  SHELL_OPERATOR.lastIndex = at;
  return SHELL_OPERATOR.test(text);
}

function nextIndex(text: string, part: string, from: number): number {
  const index = text.indexOf(part, from);
  return index === -1 ? text.length : index;
}
