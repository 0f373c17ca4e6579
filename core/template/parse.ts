/** From a template's text to a tree, or to one problem in a sentence, with its line and column. */
import { LiquidError } from 'liquidjs';
import type { Template } from 'liquidjs';
import { TEMPLATE_LENGTH_MAX } from '../prompt.ts';
import type { Place, Problem } from '../prompt.ts';
import { TAG_LIMIT, engine } from './engine.ts';
import { boundedMessage } from '../text.ts';
import { TemplateError, findInside, positionAt } from './errors.ts';
import { explainForeign } from './foreign.ts';
import { noFilter, noTag } from './suggest.ts';
import type { Node } from './syntax.ts';
import { MAX_DEPTH, TOO_DEEP, toNodes } from './syntax.ts';

export interface ParsedTemplate {
  source: string;
  /** For rendering. */
  templates: Template[];
  /** For looking at. */
  nodes: Node[];
}
export type ParseResult = { ok: true; template: ParsedTemplate } | { ok: false; problem: Problem };
/** A parse that may remember; the memory belongs to the caller. */
export type Parse = (source: string) => ParseResult;

/**
 * Parses one template. Never throws; what is wrong has severity `syntax` and rule `template.syntax`,
 * `template.unknown_tag`, `template.unknown_filter`, `template.too_long`, `template.too_many_tags`, `template.too_deep`,
 * `template.brackets`, `template.inexact_number`, `render.dynamic_name` or `render.arguments`.
 *
 * @param source at most 256 Ki UTF-16 units
 */
export function parseTemplate(source: string, place: Place = { part: 'template' }): ParseResult {
  if (source.length > TEMPLATE_LENGTH_MAX) {
    const message = `A template has at most ${TEMPLATE_LENGTH_MAX.toLocaleString('en-US')} characters; this one has ${source.length.toLocaleString('en-US')}.`;
    return { ok: false, problem: { rule: 'template.too_long', severity: 'syntax', message, place } };
  }
  const tags = countTags(source);
  if (tags > TAG_LIMIT) {
    const message = `A template has at most ${TAG_LIMIT.toLocaleString('en-US')} tags and outputs; this one has ${tags.toLocaleString('en-US')}.`;
    return { ok: false, problem: { rule: 'template.too_many_tags', severity: 'syntax', message, place } };
  }
  try {
    const templates = engine().parse(source);
    return { ok: true, template: { source, templates, nodes: toNodes(templates) } };
  } catch (error) {
    const { rule, message: own, offset } = explain(source, error);
    const isForeign = rule === 'template.syntax' || rule === 'template.unknown_tag';
    const message = (isForeign ? explainForeign(source, offset) : undefined) ?? own;
    return {
      ok: false,
      problem: {
        rule,
        severity: 'syntax',
        message: boundedMessage(message),
        place: { ...place, ...positionAt(source, offset) },
      },
    };
  }
}

/** Returns a parse that parses each text once. It forgets nothing, so it belongs to one piece of work. */
export function parseOnce(): Parse {
  const results = new Map<string, ParseResult>();
  return (source) => {
    const result = results.get(source) ?? parseTemplate(source);
    results.set(source, result);
    return result;
  };
}

/** Tags and outputs of a template, roughly, without parsing it. */
export function countTags(source: string): number {
  let count = source.split(/\{[{%]/).length - 1;
  for (const [block] of source.matchAll(/\{%-?\s*liquid\b[^%]*/g)) count += block.split('\n').length;
  return count;
}

/** The same problem, told of another place: parsing knows line and column, its caller message and prompt. */
export function placed(problem: Problem, place: Place): Problem {
  const { line, column } = problem.place;
  return { ...problem, place: { ...place, line, column } };
}

interface Explained {
  rule: string;
  message: string;
  offset: number;
}

const OPENERS = new Map(Object.entries({
  endif: 'if', elsif: 'if', else: 'if', endunless: 'unless', endfor: 'for', endcase: 'case', when: 'case',
  endcapture: 'capture', endraw: 'raw', endcomment: 'comment', endtablerow: 'tablerow',
})); // prettier-ignore

function explain(source: string, error: unknown): Explained {
  const begin = LiquidError.is(error) ? ((error as { token?: { begin: number } }).token?.begin ?? 0) : 0;
  const ours = error instanceof TemplateError ? error : findInside(error, TemplateError);
  if (ours) return { rule: ours.rule, message: ours.message, offset: ours.offset ?? begin };
  const text = (error instanceof Error ? error.message : String(error)).replace(/, line:\d+, col:\d+$/, '');
  const syntax = (message: string, offset = begin): Explained => ({
    rule: 'template.syntax',
    message,
    offset,
  });
  if (/^unexpected "if\b/.test(text)) {
    // LiquidJS reads `else if` as an `else` with something behind it, and blames the tag that it belongs to.
    const found = /\{%-?\s*else\s+if\b/.exec(source.slice(begin));
    return syntax('Write `{% elsif … %}` instead of `else if`.', begin + (found?.index ?? 0));
  }
  if (/call stack|not closed$/is.test(text)) {
    const tooDeep = findTooDeep(source);
    if (tooDeep !== undefined) return { rule: 'template.too_deep', message: TOO_DEEP, offset: tooDeep };
  }
  if (/call stack/i.test(text)) {
    return { rule: 'template.too_deep', message: 'Tags stand inside each other too deeply.', offset: begin };
  }
  const tag = /^tag "([^"]*)" not found/.exec(text)?.[1];
  if (tag !== undefined) return explainTag(tag, begin);
  const filter = /^undefined filter: (\S+)/.exec(text)?.[1];
  if (filter !== undefined) return explainFilter(filter, source, begin);
  if (/^output .* not closed/s.test(text)) return syntax('This `{{` is never closed: `}}` is missing.');
  if (/^raw .* not closed/s.test(text))
    return syntax('`{% raw %}` is never closed: add `{% endraw %}`.', source.lastIndexOf('{%', begin));
  const unclosed = /^tag \{%-?\s*([a-z]+).* not closed/s.exec(text)?.[1];
  if (unclosed !== undefined)
    return syntax(`\`{% ${unclosed} %}\` is never closed: add \`{% end${unclosed} %}\`.`);
  if (/^tag .* not closed/s.test(text)) return syntax('This `{%` is never closed: `%}` is missing.');
  if (/tag name expected/.test(text)) return syntax('This tag has no name: write one after `{%`.');
  if (/^invalid value expression/.test(text)) return syntax('A value is missing here.');
  if (/expected "\|" before filter/.test(text))
    return syntax("What follows the value here can't be read; filters begin with `|`.");
  if (/expected filter name/.test(text)) return syntax('A filter is missing after `|`.');
  if (/^illegal tag: \{%-?\s*for/.test(text)) return syntax('A loop is written `{% for item in list %}`.');
  return syntax(`This can't be read: ${text}.`);
}

/**
 * Finds the first tag that stands too deep inside others. LiquidJS parses as deep as the call stack allows, so what it
 * says of a deep template differs from call to call.
 */
function findTooDeep(source: string): number | undefined {
  const tags = /\{%-?\s*(end)?(raw|comment|if|unless|for|tablerow|case|capture)\b/g;
  let depth = 0;
  let unread: string | undefined;
  for (const { 1: end, 2: name, index } of source.matchAll(tags)) {
    const isUnread = name === 'raw' || name === 'comment';
    if (unread !== undefined) {
      if (end && name === unread) unread = undefined;
    } else if (isUnread) unread = end ? undefined : name;
    else depth += end ? -1 : 1;
    if (depth > MAX_DEPTH) return index;
  }
  return undefined;
}

function explainTag(tag: string, offset: number): Explained {
  const opener = OPENERS.get(tag);
  const message = opener ? `\`${tag}\` has no \`${opener}\` before it.` : noTag(tag);
  return { rule: 'template.unknown_tag', message, offset };
}

function explainFilter(filter: string, source: string, begin: number): Explained {
  return {
    rule: 'template.unknown_filter',
    message: noFilter(filter),
    offset: findFilter(filter, source, begin),
  };
}

/** The offset of the filter's name where it is first used; `begin` if it isn't found. */
function findFilter(filter: string, source: string, begin: number): number {
  for (let at = source.indexOf('|', begin); at !== -1; at = source.indexOf('|', at + 1)) {
    let name = at + 1;
    while (/\s/.test(source.charAt(name))) name += 1;
    if (source.startsWith(filter, name) && !/[\w-]/.test(source.charAt(name + filter.length))) return name;
  }
  return begin;
}
