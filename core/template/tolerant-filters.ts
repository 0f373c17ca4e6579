/** Filters that LiquidJS lets fail on some values. Here no filter fails because of a value: contract.md, section 2. */
import type { Liquid } from 'liquidjs';
import type { FilterHandler, FilterImpl } from './liquid-types.ts';
import { flatten } from './output.ts';

const ENCODERS = ['url_encode', 'cgi_escape', 'uri_escape', 'base64_encode'];
const DECODERS = ['url_decode', 'base64_decode'];
const SEARCHES = ['find', 'find_exp', 'find_index', 'find_index_exp'];

/** Replaces the filters of an engine. It is called after all others were registered. */
export function registerTolerantFilters(liquid: Liquid): void {
  const wrap = (names: readonly string[], make: (original: FilterHandler) => FilterHandler) => {
    for (const name of names) liquid.registerFilter(name, make(liquid.filters[name] as FilterHandler));
  };
  wrap(ENCODERS, encodeWellFormed);
  wrap(DECODERS, decodeOrKeep);
  wrap(SEARCHES, nullWithoutMatch);
  liquid.registerFilter('first', (value: unknown) => itemAt(value, 0));
  liquid.registerFilter('last', (value: unknown) => itemAt(value, -1));
}

/** `split: ''` makes halves of a character, which have no UTF-8 form. */
function encodeWellFormed(original: FilterHandler): FilterHandler {
  return function (this: FilterImpl, value, ...args) {
    const text = typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value;
    return original.call(this, text, ...args);
  };
}

function decodeOrKeep(original: FilterHandler): FilterHandler {
  return function (this: FilterImpl, value, ...args) {
    try {
      return original.call(this, value, ...args);
    } catch (error) {
      if (isLimit(error)) throw error;
      return String(flatten(value));
    }
  };
}

/** LiquidJS counts memory inside of its filters. */
function isLimit(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('memory alloc');
}

function nullWithoutMatch(original: FilterHandler): FilterHandler {
  return function* (
    this: FilterImpl,
    ...inputs: [unknown, ...unknown[]]
  ): Generator<unknown, unknown, unknown> {
    const found = yield* original.apply(this, inputs) as Generator<unknown, unknown, unknown>;
    return found === undefined ? null : found;
  };
}

/** The first or last item of a list, or character of a text. What has neither gives an empty text. */
function itemAt(value: unknown, index: 0 | -1): unknown {
  if (Array.isArray(value)) return value.at(index) as unknown;
  return typeof value === 'string' ? (value.at(index) ?? '') : '';
}
