/** What a test says: its normal form, and what is sure where it holds and where it doesn't. */
import { TypeGuards } from 'liquidjs';
import type { Tree } from '../syntax.ts';
import type { Environment, Fact } from './environment.ts';
import { factsOfTruth } from './environment.ts';
import type { Known } from './known.ts';
import { short } from './known.ts';
import { readToken } from './read.ts';
import type { Walk } from './walk.ts';

export interface Test {
  symbol: string;
  /** All of these tests hold if it holds, or if it doesn't. */
  ifTrue: readonly string[];
  ifFalse: readonly string[];
  factsIfTrue: readonly Fact[];
  factsIfFalse: readonly Fact[];
}

export function negate(test: string): string {
  return test.startsWith('!') ? test.slice(1) : `!${test}`;
}

/** A lenient read has the same truth as a strict one. */
export function truthOf(value: Known): string {
  return value.symbol.endsWith('?') ? value.symbol.slice(0, -1) : value.symbol;
}

function simple(text: string, factsIfTrue: readonly Fact[] = [], factsIfFalse: readonly Fact[] = []): Test {
  const symbol = short(text);
  return { symbol, ifTrue: [symbol], ifFalse: [negate(symbol)], factsIfTrue, factsIfFalse };
}

export function testOfValue(value: Known): Test {
  return simple(truthOf(value), factsOfTruth(value));
}

export function inverse(test: Test): Test {
  return {
    symbol: negate(test.symbol),
    ...{ ifTrue: test.ifFalse, ifFalse: test.ifTrue },
    ...{ factsIfTrue: test.factsIfFalse, factsIfFalse: test.factsIfTrue },
  };
}

export function readTest(walk: Walk, environment: Environment, tree: Tree): Test {
  if ('token' in tree) return testOfValue(readToken(walk, environment, tree.token, true));
  const { operator, left, right } = tree;
  if (operator === 'not') return inverse(readTest(walk, environment, right));
  if (!left) return simple('?');
  if (operator === 'and') return both(readTest(walk, environment, left), readTest(walk, environment, right));
  if (operator === 'or') {
    const [a, b] = [readTest(walk, environment, left), readTest(walk, environment, right)];
    return inverse(both(inverse(a), inverse(b)));
  }
  return readComparison(walk, environment, { operator, left, right });
}

function both(a: Test, b: Test): Test {
  const symbol = short(`(${[a.symbol, b.symbol].sort().join(' and ')})`);
  const inBoth = a.factsIfFalse.filter(({ key, atLeast = 1 }) =>
    b.factsIfFalse.some((other) => other.key === key && (other.atLeast ?? 1) >= atLeast),
  );
  return {
    symbol,
    ifTrue: [...a.ifTrue, ...b.ifTrue],
    ifFalse: [negate(symbol)],
    factsIfTrue: [...a.factsIfTrue, ...b.factsIfTrue],
    factsIfFalse: inBoth,
  };
}

function readComparison(
  walk: Walk,
  environment: Environment,
  { operator, left, right }: { operator: string; left: Tree; right: Tree },
): Test {
  const nested = (tree: Tree): Known => {
    if ('token' in tree) return readToken(walk, environment, tree.token, true);
    const test = readTest(walk, environment, tree);
    return { symbol: test.symbol, base: test.symbol, type: 'boolean', nullable: false, atLeast: 0 };
  };
  const [l, r] = [nested(left), nested(right)];
  const literal = (tree: Tree) =>
    'token' in tree && TypeGuards.isLiteralToken(tree.token) ? tree.token.literal : undefined;
  const text = (a: Known, b: Known, sign: string) => `(${a.symbol}${sign}${b.symbol})`;
  switch (operator) {
    case '==':
    case '!=': {
      const ordered = [l, r].sort((a, b) => (a.symbol < b.symbol ? -1 : 1)) as [Known, Known];
      const [value, other, word] = isFixed(r, literal(right))
        ? [l, r, literal(right)]
        : [r, l, literal(left)];
      const equal = isFixed(other, word)
        ? equality(text(...ordered, '=='), value, other, word)
        : simple(text(...ordered, '=='));
      return operator === '==' ? equal : inverse(equal);
    }
    case '>':
      return above(text(l, r, '>'), l, r, 1);
    case '>=':
      return above(text(l, r, '>='), l, r, 0);
    case '<':
      return above(text(r, l, '>'), r, l, 1);
    case '<=':
      return above(text(r, l, '>='), r, l, 0);
    default:
      return simple(text(l, r, ` ${operator} `), operator === 'contains' ? contained(l) : []);
  }
}

function isFixed(value: Known, word: string | undefined): boolean {
  return word !== undefined || value.constant !== undefined;
}

/** `x == literal`. LiquidJS takes `nil` and `blank` as equal to null and undefined, and `empty` not. */
function equality(symbol: string, value: Known, other: Known, word: string | undefined): Test {
  const truth = factsOfTruth(value);
  if (word === 'nil' || word === 'null' || (other.constant === null && word === undefined)) {
    return simple(symbol, [], truth);
  }
  if (word === 'blank') return simple(symbol, [], [...truth, ...notEmpty(value)]);
  if (word === 'empty') return simple(symbol, truth, notEmpty(value));
  const count = other.constant;
  if (typeof count !== 'number') return simple(symbol, truth);
  return simple(symbol, [...truth, ...atLeast(value, count)], count === 0 ? atLeast(value, 1) : []);
}

/** A list that isn't empty, or null: a place of null is null. */
function notEmpty(value: Known): Fact[] {
  return value.type === 'list' ? [{ key: `length ${value.base}`, atLeast: 1 }] : [];
}

function contained(list: Known): Fact[] {
  return [...factsOfTruth(list), ...notEmpty(list)];
}

/** `big > small` or, with `more` 0, `big >= small`. JavaScript compares null as 0. */
function above(symbol: string, big: Known, small: Known, more: 0 | 1): Test {
  const factsIfTrue: Fact[] = [];
  const factsIfFalse: Fact[] = [];
  const [limit, bound] = [big.constant, small.constant];
  if (typeof bound === 'number') {
    if (more === 1 ? bound >= 0 : bound > 0) factsIfTrue.push(...factsOfTruth(big));
    factsIfTrue.push(...atLeast(big, more === 1 ? Math.floor(bound) + 1 : Math.ceil(bound)));
  }
  if (typeof limit === 'number') {
    factsIfFalse.push(...atLeast(small, more === 1 ? Math.ceil(limit) : Math.floor(limit) + 1));
  }
  return simple(symbol, factsIfTrue, factsIfFalse);
}

/** What a size says of what it counts. */
function atLeast(size: Known, least: number): Fact[] {
  if (size.sizeOf === undefined || least <= 0) return [];
  return [{ key: `length ${size.sizeOf}`, atLeast: least }];
}
