/** The filter table of the demand analysis: one row per filter. The tests compare each row with the engine. */
import { constantOf, either, itemOf, known, labelOf, NOTHING, pathOf } from './known.ts';
import type { Known } from './known.ts';
import { short } from './symbols.ts';

/** The first argument names a property that each item must have: `map: 'sku'`. */
export const STRICT_PROPERTY: ReadonlySet<string> = new Set(['map', 'where', 'reject', 'group_by']);
/** As {@link STRICT_PROPERTY}, up to the first item that matches. */
export const SEARCHED_PROPERTY: ReadonlySet<string> = new Set(['find', 'find_index', 'has']);
export const SEARCH_EXPRESSIONS: ReadonlySet<string> = new Set(['find_exp', 'find_index_exp', 'has_exp']);

type Row = (input: Known, args: readonly Known[], symbol: string) => Known;

const text: Row = (_input, _args, symbol) => known('string', symbol);
const number: Row = (_input, _args, symbol) => known('number', symbol);
const boolean: Row = (_input, _args, symbol) => known('boolean', symbol);
/** JSON of a value that may be undefined may be undefined. */
const json: Row = (input, _args, symbol) => passMissing(input, known('string', symbol));
/** Filters that return what they can't work on. */
const textOrSame: Row = (input, _args, symbol) =>
  input.type === 'string'
    ? passMissing(input, known('string', symbol))
    : passMissing(input, known('any', symbol));

/** A list of some items of the input, in any order. @param least how many there are at least */
const list =
  (least: (input: Known, args: readonly Known[]) => number, itemsOf = wrappedItem): Row =>
  (input, args, symbol) => ({
    ...known('list', symbol, { nullable: input.type !== 'list' || input.nullable, items: itemsOf(input) }),
    atLeast: Math.max(0, least(input, args)),
  });
const count = (input: Known) => (input.type === 'list' ? input.atLeast : 0);
const none = () => 0;
const anyItem = () => known('any', '?');
const mixed: Row = (input, args, symbol) => {
  const total = count(input) + (args[0] ? count(args[0]) : 0);
  return list(() => total, anyItem)(input, args, symbol);
};

/** Returns an item of the list that a filter works on. A value that isn't a list becomes a list of one. */
function wrappedItem(input: Known): Known {
  if (input.type === 'list') return itemOf(input);
  if (input.type !== 'string' && input.type !== 'object') return known('any', '?');
  const { missing, chain, ...item } = input;
  void [missing, chain];
  return item;
}

const place =
  (index: 0 | -1): Row =>
  (input, _args, symbol) => {
    if (input.type === 'list') return itemAt(input, index);
    if (input.type === 'any') {
      const value = known('any', symbol);
      return { ...value, missing: { key: value.symbol, when: 'a list is empty' } };
    }
    return known('string', symbol);
  };

/** A place of a list, with what it needs of the list's length. */
export function itemAt(input: Known, index: number): Known {
  const value = itemOf(input, `${input.base}[${index}]`);
  const least = index >= 0 ? index + 1 : -index;
  const nullable = value.nullable || input.nullable;
  if (input.atLeast >= least) return { ...value, nullable };
  const label = labelOfList(input);
  const when = least === 1 ? `${label} is empty` : `${label} has fewer than ${least} items`;
  return {
    ...value,
    nullable,
    missing: { key: `length ${input.base}`, atLeast: least, when, ...pathOf(input) },
  };
}

function labelOfList(input: Known): string {
  return input.path ? `\`${labelOf(input)}\`` : 'a list';
}

const search: Row = (input, _args, symbol) => {
  const { symbol: own, base } = known('any', symbol);
  return { ...wrappedItem(input), symbol: own, base, nullable: true };
};

const size: Row = (input, _args, symbol) =>
  input.type === 'object' || input.type === 'any'
    ? known('any', symbol)
    : { ...known('number', symbol), ...(input.type === 'list' ? { sizeOf: input.base } : {}) };

const fallback: Row = (input, args, symbol) => {
  const given: Known = { ...input, nullable: false };
  delete given.missing;
  if (input.type === 'null' || args.length === 0) return args[0] ?? known('any', symbol);
  const isLong = input.type === 'list' || input.type === 'string';
  const first = isLong
    ? { ...given, symbol: `filled ${symbol}`, atLeast: Math.max(1, input.atLeast) }
    : given;
  const value = either(first, args[0] as Known, symbol);
  return { ...value, symbol: short(symbol), base: short(symbol) };
};

const group: Row = (input, args, symbol) => {
  const items = known('list', `${symbol}[].items`, { items: wrappedItem(input), atLeast: 1 });
  const one = known('object', `${symbol}[]`, {
    made: new Map([
      ['name', known('any', `${symbol}[].name`)],
      ['items', items],
    ]),
  });
  return list(
    (value) => Math.min(1, count(value)),
    () => one,
  )({ ...input, nullable: false }, args, symbol);
};

const ROWS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ...rows(text, [
    'append', 'prepend', 'lstrip', 'rstrip', 'strip', 'downcase', 'upcase', 'capitalize', 'remove', 'remove_first',
    'remove_last', 'strip_newlines', 'squish', 'replace', 'replace_first', 'replace_last', 'truncatewords',
    'normalize_whitespace', 'escape', 'xml_escape', 'escape_once', 'newline_to_br', 'strip_html', 'url_decode',
    'url_encode', 'cgi_escape', 'uri_escape', 'slugify', 'base64_encode', 'base64_decode', 'join',
  ]),
  ['array_to_sentence_string', (input, args, symbol) => (input.type === 'list' ? text : textOrSame)(input, args, symbol)],
  ...rows(json, ['json', 'jsonify', 'inspect']),
  ...rows(number, [
    'abs', 'at_least', 'at_most', 'ceil', 'divided_by', 'floor', 'minus', 'plus', 'modulo', 'times', 'round', 'sum',
    'number_of_words', 'to_integer',
  ]),
  ...rows(boolean, ['has', 'has_exp']),
  ...rows(textOrSame, [
    'truncate', 'date', 'date_to_xmlschema', 'date_to_rfc822', 'date_to_string', 'date_to_long_string']),
  ...rows(list(count), ['sort', 'sort_natural', 'reverse']),
  ...rows(list((input) => Math.min(1, count(input))), ['uniq']),
  ...rows(list(none), ['compact', 'where', 'reject', 'where_exp', 'reject_exp']),
  ...rows(list((input) => count(input) - 1), ['pop', 'shift']),
  ...rows(list((input) => count(input) + 1, anyItem), ['push', 'unshift']),
  ...rows(list(count, anyItem), ['map']),
  ...rows(mixed, ['concat']),
  ...rows(group, ['group_by', 'group_by_exp']),
  ...rows(search, ['find', 'find_exp']),
  ...rows((_input, _args, symbol) => known('number', symbol, { nullable: true }), ['find_index', 'find_index_exp']),
  ['first', place(0)],
  ['last', place(-1)],
  ['size', size],
  ['default', fallback],
  ['raw', (input) => input],
  ['split', (_input, _args, symbol) => known('list', symbol, { nullable: true, items: known('string', '?') })],
  ['slice', (input, args, symbol) => (input.type === 'list' ? list(none) : input.type === 'string' ? text : anything)(input, args, symbol)],
]); // prettier-ignore

function anything(_input: Known, _args: readonly Known[], symbol: string): Known {
  return known('any', symbol);
}

function rows(row: Row, names: readonly string[]): [string, Row][] {
  return names.map((name) => [name, row]);
}

function passMissing(input: Known, result: Known): Known {
  return input.missing ? { ...result, missing: { ...input.missing, key: result.symbol } } : result;
}

/** Returns the result of a filter. An unknown filter returns anything. @param symbol of the result */
export function filtered(name: string, input: Known, args: readonly Known[], symbol: string): Known {
  const made = (ROWS.get(name) ?? anything)(input, args, symbol);
  // A result is a part of the call only where it is one of its places.
  return made === NOTHING ? constantOf(null) : made;
}
