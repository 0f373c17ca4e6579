/** Which templates may be rendered where everybody waits for them. */
import type { ParsedTemplate } from './parse.ts';
import type { Node } from './syntax.ts';

/** Filters that make little of little, whatever they are given. */
const PLAIN_FILTERS = new Set([
  'default', 'upcase', 'downcase', 'capitalize', 'strip', 'lstrip', 'rstrip', 'append', 'prepend', 'escape', 'json',
  'size', 'first', 'last', 'round', 'ceil', 'floor', 'abs', 'plus', 'minus', 'at_least', 'at_most', 'truncate', 'raw',
]); // prettier-ignore
/** Outputs end with the 1 MiB of the whole text; a filter may read all values (256 kB) and throw them away. */
const PLAIN_FILTER_USES = 20;

/**
 * Whether a template is text and outputs alone, so that whatever the values are it renders in less than a blink:
 * no tag, no path with computed parts or sizes, few filters that all take time in proportion to their input.
 */
export function isPlain({ nodes }: ParsedTemplate): boolean {
  let filters = 0;
  const plain = (node: Node): boolean => {
    if (node.type === 'text') return true;
    if (node.type !== 'output' || !('token' in node.value.tree)) return false;
    filters += node.value.filters.length;
    const texts = [
      node.value.tree.token,
      ...node.value.filters.flatMap((f) => [...f.args, ...f.named.map(([, t]) => t)]),
    ];
    return (
      node.value.filters.every((filter) => PLAIN_FILTERS.has(filter.name)) &&
      texts.every(
        (token) => /^[\w.]*$|^(['"])[^'"\\]*\1$/.test(token.getText()) && !token.getText().includes('.size'),
      )
    );
  };
  return nodes.every(plain) && filters <= PLAIN_FILTER_USES;
}
