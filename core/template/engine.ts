/**
 * The one configured LiquidJS. Everything that would make a render depend on the machine, the moment or
 * anything but the prompt's content and values is taken out, see ARCHITECTURE.md, "Templates".
 */
import { Drop, Liquid, toValue } from 'liquidjs';
import { TEMPLATE_LENGTH_MAX } from '../prompt.ts';
import type { FilterHandler, FilterImpl } from './liquid-types.ts';
import { dateFilters, isUnreadableDate } from './dates.ts';
import { boundedMessage } from '../text.ts';
import { flatten, toText } from './output.ts';
import { CaptureToSink, RenderPrompt, warnRun } from './tags.ts';
import { registerTolerantFilters } from './tolerant-filters.ts';

/** Recorded with every version: what rendered it. */
export const ENGINE = 'liquidjs@10.30.1';

/**
 * Most tags and outputs of one template, a line of `{% liquid %}` counting as one. Parsing takes about 40 µs for
 * each, in the thread that serves everybody; the largest of 1,517 real prompts has 33.
 */
export const TAG_LIMIT = 2_000;
/** The same for all messages of a prompt together. */
export const CONTENT_TAG_LIMIT = 5_000;

/**
 * What LiquidJS' own counting of copied characters and list items allows for one render. It is a first net
 * that fails alike everywhere; the hard limits are the worker's.
 */
export const MEMORY_LIMIT = 32 * 1024 * 1024;

/** An item of a list takes as much memory as eight characters. LiquidJS counts it as one. */
const ITEM_SIZE = 8;

/** Read files, find their target only when they run, or are templates within templates. */
const REFUSED_TAGS = ['include', 'layout', 'block'];
/** Not the same twice (`sample`), or answered later in browsers (the hashes). */
const REFUSED_FILTERS = ['sample', 'sha256', 'hmac_sha256'];

/** Filters that work on text: an object or list among their inputs is read as its JSON. */
const TEXT_FILTERS = [
  'append', 'prepend', 'lstrip', 'rstrip', 'strip', 'downcase', 'upcase', 'capitalize', 'remove', 'remove_first',
  'remove_last', 'split', 'strip_newlines', 'squish', 'replace', 'replace_first', 'replace_last', 'truncate',
  'truncatewords', 'normalize_whitespace', 'number_of_words', 'escape', 'xml_escape', 'escape_once',
  'newline_to_br', 'strip_html', 'url_decode', 'url_encode', 'cgi_escape', 'uri_escape', 'slugify',
  'base64_encode', 'base64_decode',
]; // prettier-ignore

/**
 * Filters of lists that give null for null. LiquidJS gives an empty list, which would be printed as `[]` here. Not among
 * them: `concat`, `push` and `unshift`, which have something to add, and those that answer a question, such as `size`.
 */
const NULL_FOR_NULL = [
  'map', 'where', 'where_exp', 'reject', 'reject_exp', 'group_by', 'group_by_exp', 'sort', 'sort_natural', 'reverse',
  'uniq', 'compact', 'slice', 'pop', 'shift', 'first', 'last',
]; // prettier-ignore

/** Filters that make a list of the lists that they are given. */
const LIST_FILTERS = [
  'concat', 'push', 'unshift', 'pop', 'shift', 'map', 'where', 'where_exp', 'reject', 'reject_exp', 'group_by',
  'group_by_exp', 'sort', 'sort_natural', 'reverse', 'uniq', 'compact', 'slice',
]; // prettier-ignore

let shared: Liquid | undefined;

/** The engine; made at the first call, then always the same. It holds no state of any template or render. */
export function engine(): Liquid {
  shared ??= createEngine();
  return shared;
}

function createEngine(): Liquid {
  const liquid = new Liquid({
    templates: {}, // without it LiquidJS reads files
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    locale: 'en-US',
    timezoneOffset: 0,
    parseLimit: TEMPLATE_LENGTH_MAX,
    memoryLimit: MEMORY_LIMIT,
  });
  for (const name of REFUSED_TAGS) delete liquid.tags[name];
  for (const name of REFUSED_FILTERS) liquid.unregisterFilter(name);
  liquid.registerTag('capture', CaptureToSink);
  liquid.registerTag('render', RenderPrompt);
  for (const name of TEXT_FILTERS) {
    const original = liquid.filters[name] as FilterHandler;
    liquid.registerFilter(name, function (this: FilterImpl, ...inputs: unknown[]) {
      const [value, ...args] = inputs.map(flatten);
      return original.call(this, value, ...args);
    });
  }
  for (const name of ['join', 'array_to_sentence_string']) {
    const original = liquid.filters[name] as FilterHandler;
    liquid.registerFilter(name, function (this: FilterImpl, value: unknown, ...args: unknown[]) {
      const list: unknown = toValue(value);
      return original.call(this, Array.isArray(list) ? list.map(textOrNull) : flatten(list), ...args);
    });
  }
  liquid.registerFilter('map', mapStrictly);
  for (const name of LIST_FILTERS) {
    const original = liquid.filters[name] as FilterHandler;
    liquid.registerFilter(name, function (this: FilterImpl, value: unknown, ...args: unknown[]) {
      // Before the list is made: a thread whose heap is full can end the whole process.
      for (const input of [value, ...args]) {
        const list: unknown = toValue(input);
        if (Array.isArray(list)) this.context.memoryLimit.use(list.length * (ITEM_SIZE - 1));
      }
      return original.call(this, value, ...args);
    });
  }
  for (const name of NULL_FOR_NULL) {
    const original = liquid.filters[name] as FilterHandler;
    liquid.registerFilter(name, function (this: FilterImpl, value: unknown, ...args: unknown[]) {
      const input: unknown = toValue(value);
      return input === null || input === undefined ? null : original.call(this, value, ...args);
    });
  }
  const filters: Record<string, (value: unknown, ...args: unknown[]) => unknown> = dateFilters;
  for (const [name, filter] of Object.entries(filters)) {
    liquid.registerFilter(name, function (this: FilterImpl, ...inputs: unknown[]) {
      const [value, ...args] = inputs.map((input) => toValue(input) as unknown);
      if (isUnreadableDate(value)) warnRun(this.context, 'render.unreadable_date', unreadableSentence(value));
      return filter(value, ...args);
    });
  }
  registerTolerantFilters(liquid);
  return liquid;
}

function unreadableSentence(value: string): string {
  const shown = value.length > 40 ? `${value.slice(0, 39)}…` : value;
  return boundedMessage(
    `\`${shown}\` can't be read as a date and is printed unchanged. Pass a date such as 2026-01-31.`,
  );
}

function textOrNull(value: unknown): string {
  return value === undefined || value === null ? '' : toText(value);
}

/** LiquidJS' `map` makes undefined of a missing key, and that prints as nothing: here it is an error. */
function* mapStrictly(
  this: FilterImpl,
  list: unknown,
  property: unknown,
): Generator<unknown, unknown[], unknown> {
  const value: unknown = toValue(list);
  const items = Array.isArray(value) ? value : [value];
  this.context.memoryLimit.use(items.length);
  const path = toText(property instanceof Drop ? property.valueOf() : property).split('.');
  const result: unknown[] = [];
  for (const item of items) result.push(yield this.context._getFromScope(item as object, path, true));
  return result;
}
