/** Reads values: where they come from, what they need, and what they are. */
import { TypeGuards } from 'liquidjs';
import type { PropertyAccessToken, Token } from 'liquidjs';
import type { FilterUse, Tree, ValueNode } from '../value-syntax.ts';
import type { Environment } from './environment.ts';
import { fork, hasItems, isMet } from './environment.ts';
import { SEARCH_EXPRESSIONS, SEARCHED_PROPERTY, STRICT_PROPERTY, filtered, itemAt } from './filters.ts';
import type { Known } from './known.ts';
import { NOTHING, constantOf, fieldOf, itemOf, known, labelOf, missing } from './known.ts';
import { short } from './symbols.ts';
import type { Walk } from './walk.ts';
import { need, noteCompared, notePath, readName, spend } from './walk.ts';

/** Longer paths are read as one unknown step. */
const STEPS_MAX = 30;

/** @param lenient where LiquidJS reads what is undefined as null: tests, `assign`, and what `default` follows */
export function readValue(walk: Walk, environment: Environment, value: ValueNode, lenient: boolean): Known {
  const isLenient = lenient || value.filters[0]?.name === 'default';
  let result = readTree(walk, environment, value.tree, isLenient);
  for (const filter of value.filters) result = applyFilter(walk, environment, result, filter);
  return result;
}

export function readTree(walk: Walk, environment: Environment, tree: Tree, lenient: boolean): Known {
  if ('token' in tree) return readToken(walk, environment, tree.token, lenient);
  const left = tree.left ? readTree(walk, environment, tree.left, lenient) : undefined;
  const right = readTree(walk, environment, tree.right, lenient);
  return known('boolean', `(${left?.symbol ?? ''} ${tree.operator} ${right.symbol})`);
}

export function readToken(walk: Walk, environment: Environment, token: Token, lenient = false): Known {
  spend(walk);
  if (TypeGuards.isQuotedToken(token) || TypeGuards.isNumberToken(token)) {
    const literal = token.content;
    if (walk.findings.literals.size < 200) walk.findings.literals.add(literal);
    return constantOf(literal);
  }
  if (TypeGuards.isLiteralToken(token)) return readLiteral(token.literal);
  if (TypeGuards.isRangeToken(token)) {
    const [first, last] = [token.lhs, token.rhs].map((bound) => readToken(walk, environment, bound)) as [Known, Known]; // prettier-ignore
    const [low, high] = [first.constant, last.constant];
    const atLeast = typeof low === 'number' && typeof high === 'number' ? Math.max(0, high - low + 1) : 0;
    return known('list', `(${first.symbol}..${last.symbol})`, { items: known('number', '?'), atLeast });
  }
  if (!TypeGuards.isPropertyAccessToken(token)) return known('any', token.getText());
  return readPath(walk, environment, token, lenient);
}

function readLiteral(literal: string): Known {
  if (literal === 'true' || literal === 'false') return constantOf(literal === 'true');
  if (literal === 'nil' || literal === 'null') return NOTHING;
  return known('string', literal);
}

function readPath(walk: Walk, environment: Environment, token: PropertyAccessToken, lenient: boolean): Known {
  const steps = token.props.map((prop) => readToken(walk, environment, prop as Token));
  const at = token.begin;
  let value: Known;
  if (token.variable) value = readToken(walk, environment, token.variable, lenient);
  else {
    const prop = token.props[0];
    const name = prop && TypeGuards.isWordToken(prop) ? prop.content : steps[0]?.constant;
    if (typeof name !== 'string') return known('any', token.getText());
    value = { ...readName(walk, environment, name) };
    steps.shift();
  }
  const chain = [...(value.chain ?? [])];
  let isUnsure = false;
  const check = () => {
    if (!value.missing || isMet(environment, value.missing)) delete value.missing;
    else if (lenient) isUnsure = true;
    else value = need(walk, environment, value, at);
  };
  check();
  for (const [index, step] of steps.entries()) {
    chain.push(value);
    const name = token.variable ? token.props[index] : token.props[index + 1];
    const key = name && TypeGuards.isWordToken(name) ? name.content : step.constant;
    value = index < STEPS_MAX ? { ...memberOf(value, step, key) } : missing(known('any', token.getText()));
    notePath(walk, value.path);
    check();
    if (index >= STEPS_MAX) break;
  }
  const own = { ...value, chain };
  if (!isUnsure) return own;
  // Null instead of undefined: another value than the strict read has, but the same in a test.
  const { missing: gap, ...rest } = own;
  const strict = gap ? { ...rest, missing: gap } : rest;
  return { ...rest, symbol: short(`${own.symbol}?`), nullable: true, chain: [...chain, strict] };
}

/** @param key the step if it is known, else `step` is a value */
function memberOf(owner: Known, step: Known, key: unknown): Known {
  const member = memberByKey(owner, step, key);
  return owner.nullable && !member.nullable ? { ...member, nullable: true } : member;
}

function memberByKey(owner: Known, step: Known, key: unknown): Known {
  if (owner.type === 'null') return NOTHING;
  const asText = typeof key === 'string' && /^[\w-]+$/.test(key) ? `.${key}` : `[${step.symbol}]`;
  const isPlace = typeof key === 'number' || key === 'first' || key === 'last';
  const hint =
    isPlace && owner.type === 'any' ? null : typeof key === 'string' && key !== 'size' ? key : undefined;
  const path = owner.path && hint !== undefined ? { path: [...owner.path, hint] } : {};
  const label = owner.path ? `${labelOf(owner)}${asText}` : undefined;
  const open = () => {
    const member = missing(known('any', `${owner.base}${asText}`, path), label);
    if (member.missing && hasNoMember(owner, key)) member.missing.isImpossible = true;
    return member;
  };
  if (owner.type === 'list') {
    if (key === 'first') return itemAt(owner, 0);
    if (key === 'last') return itemAt(owner, -1);
    if (key === 'size') return sizeOf(owner);
    if (typeof key === 'number') return itemAt(owner, key);
    if (key === undefined) return missing({ ...itemOf(owner, `${owner.base}${asText}`), nullable: true });
    return open();
  }
  if (owner.type === 'string') {
    if (key === 'size') return sizeOf(owner);
    return open();
  }
  if (owner.type === 'object' && typeof key === 'string') {
    const field = fieldOf(owner, key);
    if (field && !field.missing) return field;
    return key === 'size' ? known('any', `${owner.base}.size`) : (field ?? open());
  }
  return open();
}

/** Numbers, booleans and texts have no members. LiquidJS reads characters and the length of a text. */
function hasNoMember({ type, nullable }: Known, key: unknown): boolean {
  if (nullable || key === undefined) return false;
  if (type === 'number' || type === 'boolean') return true;
  return type === 'string' && typeof key === 'string' && key !== 'length' && !/^\d+$/.test(key);
}

function sizeOf(owner: Known): Known {
  const size = known('number', `${owner.base}.size`, { nullable: owner.nullable });
  return owner.type === 'list' ? { ...size, sizeOf: owner.base } : size;
}

function applyFilter(walk: Walk, environment: Environment, input: Known, filter: FilterUse): Known {
  spend(walk);
  const { name, args, named } = filter;
  const values = args.map((arg) => readToken(walk, environment, arg));
  const options = named.map(([key, arg]) => `${key}:${readToken(walk, environment, arg).symbol}`);
  const symbols = [...values.map(({ symbol }) => symbol), ...options];
  const isOnPath = input.type === 'list' && (name === 'first' || name === 'last');
  const symbol = isOnPath ? '' : short(`${name}(${[input.symbol, ...symbols].join()})`);
  if (STRICT_PROPERTY.has(name) || SEARCHED_PROPERTY.has(name))
    readProperty(walk, environment, input, filter);
  if (filter.expression) readExpression(walk, environment, input, filter, symbol);
  const result = filtered(name, input, values, symbol);
  if (result.missing && isMet(environment, result.missing)) {
    const { missing: gap, ...rest } = result;
    void gap;
    return rest;
  }
  return result;
}

/** The items that a filter looks at one by one, with what holds while it does. */
function eachItem(walk: Walk, environment: Environment, input: Known, name: string, symbol: string) {
  const isSearch = SEARCHED_PROPERTY.has(name) || SEARCH_EXPRESSIONS.has(name);
  const base = `${input.base}[]`;
  const again = walk.items.filter((item) => item === input.base).length;
  const item =
    input.type === 'list'
      ? itemOf(input, again > 0 ? `${base}~${again}` : base)
      : input.type === 'string' || input.type === 'object'
        ? input
        : known('any', base, input.path ? { path: [...input.path, null] } : {});
  // A search reads the items up to the first match.
  const some = input.type === 'list' && hasItems(environment, input) ? [] : [`some ${input.base}`];
  const tests = [...some, ...(isSearch ? [`searched ${symbol}`] : [])];
  return { item, inner: fork(environment, [], tests) };
}

function readProperty(walk: Walk, environment: Environment, input: Known, filter: FilterUse): void {
  const [first] = filter.args;
  if (input.type === 'null' || !first || !TypeGuards.isQuotedToken(first)) return;
  const symbol = `${filter.name}(${input.symbol},${filter.args.map((arg) => arg.getText()).join()})`;
  const { item, inner } = eachItem(walk, environment, input, filter.name, short(symbol));
  let value = item;
  for (const step of first.content.split('.').slice(0, STEPS_MAX)) {
    spend(walk);
    value = memberOf(value, constantOf(step), step);
    notePath(walk, value.path);
    value = need(walk, inner, value, first.begin);
  }
  const wanted = filter.args[1];
  if (wanted && TypeGuards.isQuotedToken(wanted)) noteCompared(walk, value, constantOf(wanted.content));
}

function readExpression(
  walk: Walk,
  environment: Environment,
  input: Known,
  filter: FilterUse,
  symbol: string,
): void {
  if (!filter.expression || input.type === 'null') return;
  const { item, inner } = eachItem(walk, environment, input, filter.name, symbol);
  inner.names.set(`@${filter.expression.item}`, item);
  // Offsets count inside of the expression's own text.
  const positionOf = () => walk.positionOf(filter.at);
  const own = { ...walk, positionOf, items: [...walk.items, input.base] };
  need(own, inner, readValue(own, inner, filter.expression.value, false), filter.at);
}
