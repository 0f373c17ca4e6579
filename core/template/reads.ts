/** Which values a template reads, with the paths into them. Follows names that `assign` and `for` give to a value. */
import { TypeGuards } from 'liquidjs';
import type { Token } from 'liquidjs';
import type { PromptContent } from '../prompt.ts';
import { templatesOf } from './analyse.ts';
import { LIST_FILTERS, PROPERTY_FILTERS } from './filters.ts';
import type { Parse } from './parse.ts';
import { parseTemplate } from './parse.ts';
import {
  itemAt,
  itemsOf,
  newRead,
  readNamed,
  stepInto,
  useShape,
  useWhole,
  type Read,
} from './read-values.ts';
import { MAX_NESTING } from './render.ts';
import type { Node } from './syntax.ts';
import type { FilterUse, ValueNode } from './value-syntax.ts';

/** Renders that are walked at most. Prompts that render each other often would take too long. */
const RENDERS_MAX = 1_000;

export interface ReadOptions {
  parse?: Parse | undefined;
  /** Prompts by slug that the templates may render. What these read of the values that they are given counts too. */
  partials?: ReadonlyMap<string, PromptContent> | undefined;
}

interface Walk extends Required<ReadOptions> {
  names: Map<string, Read>;
  /** Names that the template itself sets; undefined when the value isn't part of a parameter. */
  local: Map<string, Read | undefined>;
  /** How deep the prompt is rendered in others. */
  nesting: number;
  /** How many renders may still be walked. */
  left: { renders: number };
}

/** Reads templates in their order. Returns the names that they don't set themselves; a broken template has none. */
export function readTemplates(
  sources: readonly string[],
  { parse = parseTemplate, partials = new Map() }: ReadOptions = {},
): Map<string, Read> {
  const names = new Map<string, Read>();
  const left = { renders: RENDERS_MAX };
  for (const source of sources)
    walkSource({ ...{ parse, partials, names, left }, local: new Map(), nesting: 0 }, source);
  return names;
}

function walkSource(walk: Walk, source: string): void {
  const parsed = walk.parse(source);
  if (!parsed.ok) return;
  try {
    walkNodes(walk, parsed.template.nodes);
  } catch (error) {
    // `a[b[c[d…]]]`, thousands deep.
    if (!(error instanceof RangeError)) throw error;
  }
}

function walkNodes(walk: Walk, nodes: readonly Node[]): void {
  for (const node of nodes) walkNode(walk, node);
}

function walkNode(walk: Walk, node: Node): void {
  const { local } = walk;
  switch (node.type) {
    case 'text':
    case 'jump':
      return;
    case 'output':
      return useWhole(readValue(walk, node.value));
    case 'cycle':
      if (node.group) useWhole(readToken(walk, node.group));
      return node.values.forEach((value) => useWhole(readValue(walk, value)));
    case 'assign':
      return void local.set(node.name, readValue(walk, node.value));
    case 'capture':
      walkNodes(walk, node.body);
      return void local.set(node.name, undefined);
    case 'counter':
      return void local.set(node.name, undefined);
    case 'block':
      return walkNodes(walk, node.body);
    case 'render':
      return walkRender(walk, node);
    case 'loop':
      return walkLoop(walk, node);
    case 'choice':
      for (const { test, body } of node.branches) {
        useWhole(readValue(walk, test));
        walkNodes(walk, body);
      }
      return walkNodes(walk, node.otherwise);
    case 'case':
      useWhole(readValue(walk, node.value));
      for (const { values, body } of node.branches) {
        for (const value of values) useWhole(readToken(walk, value));
        walkNodes(walk, body);
      }
      return walkNodes(walk, node.otherwise);
  }
}

/** Walks a rendered prompt. Its parameters are the values that it is given. */
function walkRender(walk: Walk, { slug, args }: Node & { type: 'render' }): void {
  const given = new Map(args.map(({ name, value }) => [name, readToken(walk, value)]));
  for (const read of given.values()) useWhole(read);
  const partial = walk.partials.get(slug);
  if (!partial || walk.nesting === MAX_NESTING || walk.left.renders === 0) return;
  walk.left.renders -= 1;
  for (const parameter of partial.parameters) useShape(given.get(parameter.name), parameter);
  const inner = { ...walk, names: new Map<string, Read>(), nesting: walk.nesting + 1 };
  for (const { source } of templatesOf(partial)) walkSource({ ...inner, local: new Map(given) }, source);
}

function walkLoop(walk: Walk, node: Node & { type: 'loop' }): void {
  const items = itemsOf(readToken(walk, node.collection));
  for (const option of node.options) if (option.getText() !== 'continue') useWhole(readToken(walk, option));
  const loop = node.tag === 'for' ? 'forloop' : 'tablerowloop';
  withLocal(walk, node.variable, items, () =>
    withLocal(walk, loop, undefined, () => walkNodes(walk, node.body)),
  );
  walkNodes(walk, node.otherwise);
}

function withLocal(walk: Walk, name: string, value: Read | undefined, work: () => void): void {
  const { local } = walk;
  const wasSet = local.has(name);
  const before = local.get(name);
  local.set(name, value);
  work();
  if (wasSet) local.set(name, before);
  else local.delete(name);
}

/** @returns what the value is part of, undefined when it was computed */
function readValue(walk: Walk, { tree, filters }: ValueNode): Read | undefined {
  let read: Read | undefined;
  if ('token' in tree) read = readToken(walk, tree.token);
  else {
    if (tree.left) useWhole(readValue(walk, { tree: tree.left, filters: [], at: 0 }));
    useWhole(readValue(walk, { tree: tree.right, filters: [], at: 0 }));
  }
  for (const filter of filters) read = readFilter(walk, read, filter);
  return read;
}

function readFilter(walk: Walk, input: Read | undefined, filter: FilterUse): Read | undefined {
  const { name, args, named, expression } = filter;
  const isProperty = PROPERTY_FILTERS.has(name);
  for (const arg of isProperty ? args.slice(1) : args) useWhole(readToken(walk, arg));
  for (const [, arg] of named) useWhole(readToken(walk, arg));
  if (!input || name === 'default' || name === 'size') return input && name === 'default' ? input : undefined;
  if (name === 'first' || name === 'last') return itemAt(input, 0);
  if (!LIST_FILTERS.has(name)) return void useWhole(input);

  const item = itemsOf(input);
  const [property] = args;
  const path =
    isProperty && property && TypeGuards.isQuotedToken(property) ? property.content.split('.') : [];
  const field = path.reduce<Read | undefined>(stepInto, item);
  if (expression) withLocal(walk, expression.item, item, () => useWhole(readValue(walk, expression.value)));
  if (name === 'map') return field && { ...newRead(0), isList: true, items: field };
  if (path.length > 0) useWhole(field);
  if (field && FINDS_EQUAL.has(name)) field.wanted ??= literalOf(args[1]);
  if (name === 'find' || name === 'find_exp') return item;
  return KEEPS_ITEMS.has(name) ? input : undefined;
}

/** Property filters that keep the items whose property equals the second argument. */
const FINDS_EQUAL = new Set(['where', 'find', 'find_index', 'has']);

function literalOf(token: Token | undefined): Read['wanted'] {
  if (
    !token ||
    !(TypeGuards.isQuotedToken(token) || TypeGuards.isNumberToken(token) || TypeGuards.isLiteralToken(token))
  )
    return undefined;
  const content: unknown = token.content;
  return typeof content === 'string' || typeof content === 'number' || typeof content === 'boolean'
    ? content
    : undefined;
}

const KEEPS_ITEMS = new Set([
  'where', 'reject', 'sort', 'sort_natural', 'compact', 'uniq', 'reverse', 'pop', 'shift', 'where_exp', 'reject_exp',
  'concat', 'push', 'unshift',
]); // prettier-ignore

function readToken(walk: Walk, token: Token): Read | undefined {
  if (TypeGuards.isRangeToken(token)) {
    useWhole(readToken(walk, token.lhs));
    useWhole(readToken(walk, token.rhs));
    return undefined;
  }
  if (!TypeGuards.isPropertyAccessToken(token)) return undefined;
  const steps = token.props.map((prop) => {
    if (TypeGuards.isWordToken(prop) || TypeGuards.isQuotedToken(prop) || TypeGuards.isNumberToken(prop))
      return (prop as { content: string | number }).content;
    useWhole(readToken(walk, prop));
    return { by: prop.getText() };
  });
  if (token.variable) return void useWhole(readToken(walk, token.variable));
  const [root, ...path] = steps;
  if (typeof root !== 'string') return undefined;
  const start = walk.local.has(root) ? walk.local.get(root) : readNamed(walk.names, root, 0);
  return path.reduce<Read | undefined>(stepInto, start);
}
