/** What is known at one point of a template: the names that are set, and the paths that can't be null there. */
import { TypeGuards } from 'liquidjs';
import type { Token } from 'liquidjs';
import type { Node, Tree } from './syntax.ts';
import type { Shape } from './shapes.ts';
import { ANY, either } from './shapes.ts';

export interface Binding {
  shape: Shape;
  /** Set on some ways to here only. */
  maybe: boolean;
}
export interface Flow {
  bindings: Map<string, Binding>;
  /** Paths as {@link pathKey} writes them. */
  sure: Set<string>;
}

export function startFlow(): Flow {
  return { bindings: new Map(), sure: new Set() };
}
export function fork(flow: Flow, sure: readonly string[] = []): Flow {
  return { bindings: new Map(flow.bindings), sure: new Set([...flow.sure, ...sure]) };
}

export function bind(flow: Flow, name: string, shape: Shape, maybe = false): void {
  flow.bindings.set(name, { shape, maybe });
  forget(flow, name);
}
function forget(flow: Flow, name: string): void {
  for (const key of flow.sure) if (key === name || key.startsWith(`${name}.`)) flow.sure.delete(key);
}

/** Takes into `flow` what holds after any one of `ends`. */
export function merge(flow: Flow, ends: readonly Flow[]): void {
  const names = new Set(ends.flatMap((end) => [...end.bindings.keys()]));
  flow.bindings = new Map();
  for (const name of names) {
    const found = ends.flatMap((end) => end.bindings.get(name) ?? []);
    const shape = found.map((binding) => binding.shape).reduce(either);
    const maybe = found.length < ends.length || found.some((binding) => binding.maybe);
    flow.bindings.set(name, { shape, maybe });
  }
  const [first, ...rest] = ends;
  flow.sure = new Set([...(first?.sure ?? [])].filter((key) => rest.every((end) => end.sure.has(key))));
}

/** Names that a loop's body sets are, in its later rounds, perhaps set from the start. */
export function enterLoop(flow: Flow, body: readonly Node[]): void {
  for (const name of namesSet(body)) {
    forget(flow, name);
    if (!flow.bindings.has(name)) flow.bindings.set(name, { shape: ANY, maybe: true });
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

/** `order.items.0`; undefined when a part of the path is only known while rendering. */
export function pathOf(token: Token): (string | number)[] | undefined {
  if (!TypeGuards.isPropertyAccessToken(token) || token.variable) return undefined;
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
    const both = {
      whenTrue: [...a.whenTrue, ...b.whenTrue],
      whenFalse: a.whenFalse.filter((p) => b.whenFalse.includes(p)),
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
