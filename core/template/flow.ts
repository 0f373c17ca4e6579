/** What is known at one point of a template: the names that are set, and the paths that can't be null there. */
import { TypeGuards } from 'liquidjs';
import type { Token } from 'liquidjs';
import type { Node } from './syntax.ts';
import type { Tree } from './value-syntax.ts';
import type { Shape } from './shapes.ts';
import { ANY, either } from './shapes.ts';

export interface Binding {
  shape: Shape;
  /** Set on some ways to here only. */
  maybe: boolean;
}
/**
 * What changed since `parent`: a branch holds its own changes alone, so that many branches after many names stay
 * cheap.
 */
export interface Flow {
  parent: Flow | undefined;
  /** `undefined`: no longer set. */
  bindings: Map<string, Binding | undefined>;
  /** Paths as {@link pathKey} writes them, by their root. */
  sure: Map<string, Set<string>>;
  /** Roots of which nothing that the parent knows to be sure holds any more. */
  forgotten: Set<string>;
}

export function fork(parent: Flow | undefined, sure: readonly string[] = []): Flow {
  const flow: Flow = { parent, bindings: new Map(), sure: new Map(), forgotten: new Set() };
  for (const key of sure) makeSure(flow, key);
  return flow;
}

export function bind(flow: Flow, name: string, shape: Shape, maybe = false): void {
  flow.bindings.set(name, { shape, maybe });
  forget(flow, name);
}

/** Takes a name back to what it was in another flow. */
export function restore(flow: Flow, name: string, before: Flow): void {
  flow.bindings.set(name, find(before, name));
  forget(flow, name);
}

export function find(flow: Flow, name: string): Binding | undefined {
  for (let at: Flow | undefined = flow; at; at = at.parent) {
    if (at.bindings.has(name)) return at.bindings.get(name);
  }
  return undefined;
}

/** The names that are set. */
export function namesIn(flow: Flow): string[] {
  const names = new Set<string>();
  for (let at: Flow | undefined = flow; at; at = at.parent)
    for (const name of at.bindings.keys()) names.add(name);
  return [...names].filter((name) => find(flow, name));
}

export function makeSure(flow: Flow, key: string): void {
  const keys = flow.sure.get(rootOf(key)) ?? new Set();
  flow.sure.set(rootOf(key), keys.add(key));
}

export function isSure(flow: Flow, key: string): boolean {
  const root = rootOf(key);
  for (let at: Flow | undefined = flow; at; at = at.parent) {
    if (at.sure.get(root)?.has(key)) return true;
    if (at.forgotten.has(root)) return false;
  }
  return false;
}

function forget(flow: Flow, name: string): void {
  flow.sure.delete(name);
  flow.forgotten.add(name);
}

function rootOf(key: string): string {
  const dot = key.indexOf('.');
  return dot === -1 ? key : key.slice(0, dot);
}

/** Takes into `flow` what holds after any one of `ends`, which are forks of it or of its forks. */
export function merge(flow: Flow, ends: readonly Flow[]): void {
  const changes = ends.map((end) => changesSince(flow, end));
  // By name: what the ends that changed it have there. The others have what `flow` has, so they needn't be asked.
  const changed = new Map<string, (Binding | undefined)[]>();
  for (const layers of changes) {
    const own = new Map<string, Binding | undefined>();
    for (const layer of layers.toReversed())
      for (const [name, binding] of layer.bindings) own.set(name, binding);
    for (const [name, binding] of own) {
      const bindings = changed.get(name);
      if (bindings) bindings.push(binding);
      else changed.set(name, [binding]);
    }
  }
  const merged = [...changed].map(([name, bindings]): [string, Binding | undefined] => {
    const all = bindings.length < ends.length ? [...bindings, find(flow, name)] : bindings;
    const found = all.filter((binding) => binding !== undefined);
    if (found.length === 0) return [name, undefined];
    const shape = found.map((binding) => binding.shape).reduce(either);
    return [name, { shape, maybe: found.length < all.length || found.some((binding) => binding.maybe) }];
  });
  const [first = []] = changes;
  const sure = first
    .flatMap((layer) => [...layer.sure.values()].flatMap((keys) => [...keys]))
    .filter((key) => ends.every((end) => isSure(end, key)));
  for (const layer of changes.flat()) for (const name of layer.forgotten) forget(flow, name);
  for (const [name, binding] of merged) flow.bindings.set(name, binding);
  for (const key of sure) makeSure(flow, key);
}

function changesSince(flow: Flow, end: Flow): Flow[] {
  const layers: Flow[] = [];
  for (let at: Flow | undefined = end; at && at !== flow; at = at.parent) layers.push(at);
  return layers;
}

/** Names that a loop's body sets are, in its later rounds, perhaps set from the start. */
export function enterLoop(flow: Flow, body: readonly Node[]): void {
  for (const name of namesSet(body)) {
    forget(flow, name);
    if (!find(flow, name)) flow.bindings.set(name, { shape: ANY, maybe: true });
  }
}

function namesSet(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node): string[] => {
    switch (node.type) {
      case 'assign':
      case 'counter':
        return [node.name];
      case 'capture':
        return [node.name, ...namesSet(node.body)];
      case 'block':
        return namesSet(node.body);
      case 'loop':
        return [...namesSet(node.body), ...namesSet(node.otherwise)];
      case 'choice':
      case 'case':
        return [...node.branches.flatMap((branch) => namesSet(branch.body)), ...namesSet(node.otherwise)];
      default:
        return [];
    }
  });
}

/** Longer paths are followed, but not remembered. */
const MAX_PATH = 30;

/** `order.items.0`; undefined when a part of the path is only known while rendering. */
export function pathOf(token: Token): (string | number)[] | undefined {
  if (!TypeGuards.isPropertyAccessToken(token) || token.variable || token.props.length > MAX_PATH)
    return undefined;
  const path: (string | number)[] = [];
  for (const prop of token.props) {
    const known =
      TypeGuards.isWordToken(prop) || TypeGuards.isQuotedToken(prop) || TypeGuards.isNumberToken(prop);
    if (!known) return undefined;
    path.push((prop as { content: string | number }).content);
  }
  return path;
}
export function pathKey(path: readonly (string | number)[]): string {
  return path.join('.');
}

/** Paths that can't be null when a test holds, and when it doesn't. */
export interface Truths {
  whenTrue: string[];
  whenFalse: string[];
}

/** What a test says of null. LiquidJS compares as JavaScript does: `null >= 0` holds, `null > 0` doesn't. */
export function truths(tree: Tree): Truths {
  if ('token' in tree) return { whenTrue: prefixes(tree.token), whenFalse: [] };
  const { operator, left, right } = tree;
  if (operator === 'not') return swap(truths(right));
  if (!left) return NOTHING;
  if (operator === 'and' || operator === 'or') {
    const [a, b] =
      operator === 'and' ? [truths(left), truths(right)] : [swap(truths(left)), swap(truths(right))];
    const alsoFalse = new Set(b.whenFalse);
    const both = {
      whenTrue: [...a.whenTrue, ...b.whenTrue],
      whenFalse: a.whenFalse.filter((path) => alsoFalse.has(path)),
    };
    return operator === 'and' ? both : swap(both);
  }
  if (!('token' in left) || !('token' in right)) return NOTHING;
  const [l, r] = [left.token, right.token];
  if (operator === '==') return equality(l, r);
  if (operator === '!=') return swap(equality(l, r));
  if (operator === 'contains') return { whenTrue: prefixes(l), whenFalse: [] };
  if (operator === '>' || operator === '>=')
    return { whenTrue: isAbove(r, operator) ? prefixes(l) : [], whenFalse: [] };
  const flipped = operator === '<' ? '>' : '>=';
  return { whenTrue: isAbove(l, flipped) ? prefixes(r) : [], whenFalse: [] };
}

const NOTHING: Truths = { whenTrue: [], whenFalse: [] };
function swap({ whenTrue, whenFalse }: Truths): Truths {
  return { whenTrue: whenFalse, whenFalse: whenTrue };
}

function equality(l: Token, r: Token): Truths {
  const [value, path] = prefixes(l).length > 0 ? [r, prefixes(l)] : [l, prefixes(r)];
  if (TypeGuards.isLiteralToken(value)) {
    // `nil` and `blank` equal null, `empty`, `true` and `false` don't.
    const equalsNull = ['nil', 'null', 'blank'].includes(value.literal);
    return equalsNull ? { whenTrue: [], whenFalse: path } : { whenTrue: path, whenFalse: [] };
  }
  const known = TypeGuards.isQuotedToken(value) || TypeGuards.isNumberToken(value);
  return known ? { whenTrue: path, whenFalse: [] } : NOTHING;
}

function isAbove(token: Token, operator: string): boolean {
  return TypeGuards.isNumberToken(token) && (operator === '>' ? token.content >= 0 : token.content > 0);
}

/** Whoever has a value that isn't null has parents that aren't. */
function prefixes(token: Token): string[] {
  const path = pathOf(token) ?? [];
  return path.map((_, index) => pathKey(path.slice(0, index + 1)));
}
