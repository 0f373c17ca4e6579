import { LRUCache } from 'lru-cache';
import type { Parse, ParseResult } from '@anvil/core/template/parse';
import { countTags, parseTemplate } from '@anvil/core/template/parse';

/** The size of one parsed tag or output in bytes; measured, rounded up. */
const BYTES_PER_TAG = 1_500;

/**
 * Returns a parse that remembers its results by the template's text. The least recently used go first. A template's text is
 * as good a key as its hash, and V8 has hashed it already.
 *
 * @param capacityBytes of what is remembered, estimated; a template above half of it is parsed each time
 */
export function createParseCache(capacityBytes: number): Parse {
  const known = new LRUCache<string, ParseResult>({
    maxSize: capacityBytes,
    maxEntrySize: Math.floor(capacityBytes / 2),
    sizeCalculation: (_result, source) => 2 * source.length + BYTES_PER_TAG * (1 + countTags(source)),
  });
  return (source) => {
    const found = known.get(source);
    if (found) return found;
    const result = parseTemplate(source);
    known.set(source, result);
    return result;
  };
}
