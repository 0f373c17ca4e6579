/** Which templates may be rendered where everybody waits for them. */
import type { ParsedTemplate } from './parse.ts';
import type { Node } from './syntax.ts';

/** Filters that make little of little, whatever they are given. */
const PLAIN_FILTERS = new Set([
  'default', 'upcase', 'downcase', 'capitalize', 'strip', 'lstrip', 'rstrip', 'append', 'prepend', 'escape', 'json',
  'size', 'first', 'last', 'round', 'ceil', 'floor', 'abs', 'plus', 'minus', 'at_least', 'at_most', 'truncate', 'raw',
]); // prettier-ignore
/** Each output prints at most all values (256 kB) once, and the output is cut at 1 MiB; filters may throw work away. */
const PLAIN_FILTER_USES = 20;
const PLAIN_OUTPUTS = 2_000;

/**
 * Whether a template is text and outputs alone, so that whatever the values are it renders in less than a blink:
 * no tag, no path with computed parts or sizes, few filters that all take time in proportion to their input.
 */
export function isPlain({ nodes }: ParsedTemplate): boolean {
  let filters = 0;
  let outputs = 0;
  const plain = (node: Node): boolean => {
    if (node.type === 'text') return true;
    if (node.type !== 'output' || !('token' in node.value.tree)) return false;
    outputs += 1;
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
  return nodes.every(plain) && outputs <= PLAIN_OUTPUTS && filters <= PLAIN_FILTER_USES;
}
