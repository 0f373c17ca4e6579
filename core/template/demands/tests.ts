/** Tests: their normal form, and the facts where they hold and where they don't. */
import { TypeGuards } from 'liquidjs';
import type { Tree } from '../value-syntax.ts';
import type { Environment, Fact } from './environment.ts';
import { ALWAYS, factsOfTruth, hasItems, negate, NEVER } from './environment.ts';
import type { Known } from './known.ts';
import { readToken } from './read.ts';
import { short } from './symbols.ts';
import { noteCompared, type Walk } from './walk.ts';

export interface Test {
  symbol: string;
  /** All of these tests hold if it holds, or if it doesn't. */
  ifTrue: readonly string[];
  ifFalse: readonly string[];
  factsIfTrue: readonly Fact[];
  factsIfFalse: readonly Fact[];
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
  return certain(truthOfType(value)) ?? simple(truthOf(value), factsOfTruth(value));
}

/** A test whose outcome is the same in each call. */
function certain(outcome: boolean | undefined): Test | undefined {
  return outcome === undefined ? undefined : simple(outcome ? ALWAYS : NEVER);
}

/** The truth of a value, if it is the same in each call. Only null, undefined and false are false. */
function truthOfType({ type, nullable, missing, constant }: Known): boolean | undefined {
  if (missing) return undefined;
  if (constant !== undefined) return constant !== null && constant !== false;
  if (nullable || type === 'any' || type === 'boolean') return undefined;
  return type !== 'null';
}

/** Whether `value == other` holds in some call, as far as types and enums tell. */
export function canEqual(value: Known, { constant }: Known): boolean {
  if (constant === undefined || typeof constant === 'object') return true;
  if (value.constant !== undefined) return value.constant === constant;
  if (value.type === 'any') return true;
  if (value.type !== typeof constant) return false;
  const { was, now } = value.shapes ?? {};
  if (!was?.enum || !now?.enum) return true;
  return [...was.enum, ...now.enum].includes(constant as string);
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
  if (a.symbol === NEVER || b.symbol === NEVER) return simple(NEVER);
  if (a.symbol === ALWAYS) return { ...b, factsIfTrue: [...a.factsIfTrue, ...b.factsIfTrue] };
  if (b.symbol === ALWAYS) return { ...a, factsIfTrue: [...a.factsIfTrue, ...b.factsIfTrue] };
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
  noteCompared(walk, l, r);
  noteCompared(walk, r, l);
  const text = (a: Known, b: Known, sign: string) => `(${a.symbol}${sign}${b.symbol})`;
  switch (operator) {
    case '==':
    case '!=': {
      const ordered = [l, r].sort((a, b) => (a.symbol < b.symbol ? -1 : 1)) as [Known, Known];
      const [value, other, word] = isFixed(r, literal(right))
        ? [l, r, literal(right)]
        : [r, l, literal(left)];
      const isFull = word === 'empty' && value.type === 'list' && hasItems(environment, value);
      const equal = isFull
        ? simple(NEVER)
        : isFixed(other, word)
          ? equality(text(...ordered, '=='), value, other, word)
          : simple(text(...ordered, '=='));
      return operator === '==' ? equal : inverse(equal);
    }
    case '>':
      return certain(isLonger(environment, l, r, 1)) ?? above(text(l, r, '>'), l, r, 1);
    case '>=':
      return certain(isLonger(environment, l, r, 0)) ?? above(text(l, r, '>='), l, r, 0);
    case '<':
      return certain(isLonger(environment, r, l, 1)) ?? above(text(r, l, '>'), r, l, 1);
    case '<=':
      return certain(isLonger(environment, r, l, 0)) ?? above(text(r, l, '>='), r, l, 0);
    default:
      return operator === 'contains'
        ? withImplied(simple(text(l, r, ' contains '), contained(l)), l)
        : simple(text(l, r, ` ${operator} `));
  }
}

function isFixed(value: Known, word: string | undefined): boolean {
  return word !== undefined || value.constant !== undefined;
}

/** `x == literal`. LiquidJS takes `nil` and `blank` as equal to null and undefined, and `empty` not. */
function equality(symbol: string, value: Known, other: Known, word: string | undefined): Test {
  const truth = factsOfTruth(value);
  if (word === 'nil' || word === 'null' || (other.constant === null && word === undefined)) {
    if (!value.nullable && !value.missing && value.type !== 'null') return simple(NEVER);
    return simple(symbol, [], truth);
  }
  if (word === 'blank') return simple(symbol, [], [...truth, ...notEmpty(value)]);
  if (word === 'empty') return simple(symbol, truth, notEmpty(value));
  if (!canEqual(value, other)) return simple(NEVER);
  const count = other.constant;
  const test =
    typeof count === 'number'
      ? simple(symbol, [...truth, ...atLeast(value, count)], count === 0 ? atLeast(value, 1) : [])
      : simple(symbol, truth);
  // Constants other than null and false are true.
  return count === false ? test : withImplied(test, value);
}

/** The test with the truth of a value, which it implies. */
function withImplied(test: Test, value: Known): Test {
  return { ...test, ifTrue: [...test.ifTrue, ...testOfValue(value).ifTrue] };
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
    factsIfTrue.push(...atLeast(big, atLeastAbove(bound, more)));
  }
  if (typeof limit === 'number') {
    factsIfFalse.push(...atLeast(small, atLeastAbove(limit, more === 1 ? 0 : 1)));
  }
  return simple(symbol, factsIfTrue, factsIfFalse);
}

/** Returns the least size that is above a number, or equal to it with `more` 0. */
function atLeastAbove(bound: number, more: 0 | 1): number {
  return more === 1 ? Math.floor(bound) + 1 : Math.ceil(bound);
}

/** Whether the size of a list is surely above a number (or equal to it with `more` 0), or surely not. */
function isLonger(environment: Environment, big: Known, small: Known, more: 0 | 1): boolean | undefined {
  const longEnough = (size: Known, least: number) =>
    size.sizeOf !== undefined &&
    !size.nullable &&
    hasItems(environment, { base: size.sizeOf, atLeast: 0 }, least);
  const [limit, bound] = [big.constant, small.constant];
  if (typeof bound === 'number' && longEnough(big, atLeastAbove(bound, more))) return true;
  if (typeof limit === 'number' && longEnough(small, atLeastAbove(limit, more === 1 ? 0 : 1))) return false;
  return undefined;
}

/** Returns the fact that a list has a number of items, if its size is compared. */
function atLeast(size: Known, least: number): Fact[] {
  if (size.sizeOf === undefined || least <= 0) return [];
  return [{ key: `length ${size.sizeOf}`, atLeast: least }];
}
