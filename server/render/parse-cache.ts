import type { Parse, ParseResult } from '@anvil/core/template/parse';
import { countTags, parseTemplate } from '@anvil/core/template/parse';

/** What one tag or output weighs when parsed, in bytes; measured, rounded up. */
const BYTES_PER_TAG = 1_500;

/**
 * A parse that remembers by the template's text, the least recently used go first. A template's text is as good a
 * key as its hash, and V8 has hashed it already.
 *
 * @param capacityBytes of what is remembered, estimated; a template above half of it is parsed each time
 */
export function createParseCache(capacityBytes: number): Parse {
  const known = new Map<string, { result: ParseResult; weight: number }>();
  let total = 0;
  return (source) => {
    const found = known.get(source);
    if (found) {
      known.delete(source);
      known.set(source, found);
      return found.result;
    }
    const result = parseTemplate(source);
    const weight = 2 * source.length + BYTES_PER_TAG * (1 + countTags(source));
    if (weight > capacityBytes / 2) return result;
    known.set(source, { result, weight });
    total += weight;
    for (const [oldest, entry] of known) {
      if (total <= capacityBytes) break;
      known.delete(oldest);
      total -= entry.weight;
    }
    return result;
  };
}
