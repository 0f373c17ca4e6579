/** Values of templates with their operators and filters, made from LiquidJS' own. */
import { TypeGuards, Value, type Token } from 'liquidjs';
import { assertComplete } from './complete.ts';
import { engine } from './engine.ts';
import { TemplateError } from './errors.ts';
import { noFilter } from './suggest.ts';

/** An expression with its operators, or one operand. */
export type Tree = { token: Token } | { operator: string; left: Tree | undefined; right: Tree };

export interface FilterUse {
  name: string;
  args: Token[];
  named: [string, Token][];
  at: number;
  /** Of `where_exp` and its like: the expression in the text, and the name it calls each item by. */
  expression?: { item: string; value: ValueNode };
}

/** A value with its filters. */
export interface ValueNode {
  tree: Tree;
  filters: FilterUse[];
  at: number;
}

/** Values and operators of one condition, which becomes a tree as deep. */
const MAX_OPERANDS = 201;

/** What LiquidJS keeps private of a value. */
export interface FilteredValue {
  initial: { postfix: Token[] };
  filters: readonly LiquidFilter[];
}
interface LiquidFilter {
  name: string;
  args: readonly (Token | [string?, Token?])[];
}

/** @throws TemplateError for what LiquidJS would accept and ignore */
export function toValueNode(value: FilteredValue | Value, at: number): ValueNode {
  const { initial, filters } = value as FilteredValue;
  const begin = initial.postfix[0]?.begin ?? at;
  return {
    tree: toTree(initial.postfix, begin),
    filters: filters.map((filter) => toFilter(filter, begin)),
    at: begin,
  };
}

function toTree(postfix: readonly Token[], at: number): Tree {
  if (postfix.length > MAX_OPERANDS) {
    const message = `A condition has at most ${(MAX_OPERANDS - 1) / 2} operators: split it by nested \`if\` or \`assign\`.`;
    throw new TemplateError('template.too_deep', message, at);
  }
  const stack: Tree[] = [];
  for (const token of postfix) {
    if (!TypeGuards.isOperatorToken(token)) {
      assertComplete(token);
      stack.push({ token });
      continue;
    }
    const right = stack.pop();
    const left = token.operator === 'not' ? undefined : stack.pop();
    if (!right || (token.operator !== 'not' && !left)) {
      throw new TemplateError(
        'template.syntax',
        `A value is missing beside \`${token.operator}\`.`,
        token.begin,
      );
    }
    stack.push({ operator: token.operator, left, right });
  }
  const [tree, extra] = stack;
  if (!tree) throw new TemplateError('template.syntax', 'A value is missing here.', at);
  if (extra) {
    const second = 'token' in extra ? extra.token : undefined;
    throw new TemplateError(
      'template.syntax',
      `Two values stand side by side here${second ? ` (before \`${second.getText()}\`)` : ''}; a filter begins with \`|\`, a name has no spaces.`,
      second?.begin ?? at,
    );
  }
  return tree;
}

function toFilter(filter: LiquidFilter, begin: number): FilterUse {
  // A Filter made at parse time keeps its token; in `cycle` it is the token itself.
  const at = ((filter as { token?: Token }).token ?? (filter as unknown as Token)).begin ?? begin;
  // LiquidJS makes the filters of `cycle` and of expressions in text only when it renders.
  if (!Object.hasOwn(engine().filters, filter.name)) {
    throw new TemplateError('template.unknown_filter', noFilter(filter.name), at);
  }
  const args: Token[] = [];
  const named: [string, Token][] = [];
  for (const arg of filter.args) {
    const value = Array.isArray(arg) ? arg[1] : arg;
    if (value) assertComplete(value);
    if (!Array.isArray(arg)) args.push(arg);
    else if (arg[0] !== undefined && arg[1]) named.push([arg[0], arg[1]]);
  }
  const use: FilterUse = { name: filter.name, args, named, at };
  if (!filter.name.endsWith('_exp')) return use;
  const [item, expression] = args;
  if (
    args.length !== 2 ||
    !item ||
    !expression ||
    !TypeGuards.isQuotedToken(item) ||
    !TypeGuards.isQuotedToken(expression)
  ) {
    throw new TemplateError(
      'template.syntax',
      `\`${filter.name}\` takes a name and an expression, both in quotes, such as \`${filter.name}: 'item', 'item.price > 10'\`.`,
      at,
    );
  }
  try {
    use.expression = { item: item.content, value: toValueNode(new Value(expression.content, engine()), at) };
  } catch (error) {
    if (error instanceof TemplateError) throw new TemplateError(error.rule, error.message, at);
    const missing = /^undefined filter: (\S+)/.exec((error as Error).message)?.[1];
    if (missing) throw new TemplateError('template.unknown_filter', noFilter(missing), at);
    throw new TemplateError('template.syntax', `The expression of \`${filter.name}\` can't be read.`, at);
  }
  return use;
}
