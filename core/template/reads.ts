/** Which values a template reads, with the paths into them. Follows names that `assign` and `for` give to a value. */
import { TypeGuards } from 'liquidjs';
import type { Token } from 'liquidjs';
import { PARAMETER_BOUNDS } from '../parameter.ts';
import { isParameterName } from '../parameter-name.ts';
import { LIST_FILTERS, PROPERTY_FILTERS } from './filters.ts';
import type { Parse } from './parse.ts';
import { parseTemplate } from './parse.ts';
import type { Node } from './syntax.ts';
import type { FilterUse, ValueNode } from './value-syntax.ts';

/** Of fields and items; parameters are not nested deeper. */
const DEPTH_MAX = PARAMETER_BOUNDS.depth - 1;

/** How templates use one value: a name, a field or the items of a list. */
export interface Read {
  isList: boolean;
  isObject: boolean;
  /** It is also used as a whole, so it may have fields that no template names. */
  isWhole: boolean;
  fields: Map<string, Read>;
  items?: Read;
  /** How many items the templates name by their index. */
  itemCount: number;
  /** What is read by a key or index that is another value: `rows[i].name`. */
  keyed?: { by: Set<string>; read: Read };
  /** What the templates look for: `where: 'state', 'open'`. */
  wanted?: string | number | boolean;
  depth: number;
}

interface Walk {
  names: Map<string, Read>;
  /** Names that the template itself sets; undefined when the value isn't part of a parameter. */
  local: Map<string, Read | undefined>;
}

/** Reads templates in their order. Returns the names that they don't set themselves; a broken template has none. */
export function readTemplates(sources: readonly string[], parse: Parse = parseTemplate): Map<string, Read> {
  const names = new Map<string, Read>();
  for (const source of sources) {
    const parsed = parse(source);
    if (!parsed.ok) continue;
    try {
      walkNodes({ names, local: new Map() }, parsed.template.nodes);
    } catch (error) {
      // `a[b[c[d…]]]`, thousands deep.
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return names;
}

function newRead(depth: number): Read {
  return { isList: false, isObject: false, isWhole: false, fields: new Map(), itemCount: 0, depth };
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
      return node.args.forEach(({ value }) => useWhole(readToken(walk, value)));
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

function stepInto(read: Read | undefined, step: string | number | { by: string }): Read | undefined {
  if (!read || step === 'size') return undefined;
  if (typeof step === 'number') return itemAt(read, step);
  if (step === 'first' || step === 'last') return itemAt(read, 0);
  read.isObject = true;
  const isKeyed = typeof step !== 'string';
  // "Add all" can't declare such a field, so it leaves the object open.
  if (isKeyed || read.depth >= DEPTH_MAX || !isParameterName(step)) read.isWhole = true;
  if (read.depth >= DEPTH_MAX || step === '__proto__') return undefined;
  if (!isKeyed) return readNamed(read.fields, step, read.depth + 1);
  read.keyed ??= { by: new Set(), read: newRead(read.depth + 1) };
  read.keyed.by.add(step.by);
  return read.keyed.read;
}

function readNamed(owner: Map<string, Read>, name: string, depth: number): Read {
  const read = owner.get(name) ?? newRead(depth);
  owner.set(name, read);
  return read;
}

function itemAt(read: Read, index: number): Read | undefined {
  // The number is a sample's length, not a limit: a person declares longer lists.
  read.itemCount = Math.max(read.itemCount, Math.min(index < 0 ? -index : index + 1, 20));
  return itemsOf(read);
}

function itemsOf(read: Read | undefined): Read | undefined {
  if (!read) return undefined;
  read.isList = true;
  if (read.depth >= DEPTH_MAX) return undefined;
  return (read.items ??= newRead(read.depth + 1));
}

function useWhole(read: Read | undefined): void {
  if (read) read.isWhole = true;
}
