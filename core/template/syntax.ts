/**
 * Our own small syntax tree, made from LiquidJS' templates. Everything that depends on the insides of LiquidJS'
 * tags stands in this file; it also refuses what LiquidJS silently ignores.
 */
import {
  AssignTag, BreakTag, CaptureTag, CaseTag, CommentTag, ContinueTag, CycleTag, DecrementTag, EchoTag, ForTag, IfTag,
  IncrementTag, InlineCommentTag, LiquidTag, Output, RawTag, TablerowTag, Tag, TypeGuards, UnlessTag, Value,
} from 'liquidjs'; // prettier-ignore
import type { Hash, Template, Token, Tokenizer } from 'liquidjs';
import { engine } from './engine.ts';
import { assertComplete, assertModifiers, assertWhen } from './complete.ts';
import { TemplateError } from './errors.ts';
import { noFilter } from './suggest.ts';
import type { RenderArgument } from './tags.ts';
import { RenderPrompt } from './tags.ts';

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

export type Node =
  | { type: 'text'; text: string }
  | { type: 'output'; value: ValueNode; at: number }
  | { type: 'assign'; name: string; value: ValueNode }
  | { type: 'capture'; name: string; body: Node[] }
  | { type: 'counter'; name: string }
  | { type: 'loop'; tag: 'for' | 'tablerow'; variable: string; collection: Token; options: Token[]; settings: string; body: Node[]; otherwise: Node[] }
  | { type: 'choice'; branches: { test: ValueNode; negated: boolean; body: Node[] }[]; otherwise: Node[] }
  | { type: 'case'; value: ValueNode; branches: { values: Token[]; body: Node[] }[]; otherwise: Node[] }
  | { type: 'cycle'; group: Token | undefined; values: ValueNode[] }
  | { type: 'render'; slug: string; args: RenderArgument[]; at: number }
  | { type: 'block'; body: Node[] }
  | { type: 'jump'; tag: 'break' | 'continue' }; // prettier-ignore

/** Tags inside each other; deeper ones would reach the end of the stack in some browsers. */
const MAX_DEPTH = 50;

/** Values and operators of one condition, which becomes a tree as deep. */
const MAX_OPERANDS = 201;

/** What LiquidJS keeps private but its own analysis would show: checked by the golden corpus at each update. */
interface Inside {
  tokenizer: Tokenizer;
  identifier: Token;
  variable: string;
  key: string;
  value: Value | undefined;
  candidates: FilteredValue[];
  group: Token | undefined;
  args: Hash;
}
interface FilteredValue {
  initial: { postfix: Token[] };
  filters: readonly LiquidFilter[];
}
interface LiquidFilter {
  name: string;
  args: readonly (Token | [string?, Token?])[];
}

/** @throws TemplateError for what LiquidJS would accept and ignore */
export function toNodes(templates: readonly Template[], depth = 0): Node[] {
  return templates.map((template) => toNode(template, depth));
}

function toNode(template: Template, depth: number): Node {
  const at = template.token.begin;
  if (template instanceof Output) return { type: 'output', value: toValueNode(template.value, at), at };
  if (!(template instanceof Tag)) return textNode(template);
  if (depth >= MAX_DEPTH) {
    throw new TemplateError(
      'template.too_deep',
      `Tags can stand inside each other ${MAX_DEPTH} deep at most.`,
      at,
    );
  }
  const inside = template as unknown as Inside;
  const nodes = (list: readonly Template[] | undefined) => toNodes(list ?? [], depth + 1);
  if (template instanceof EchoTag) {
    return inside.value ? { type: 'output', value: toValueNode(inside.value, at), at } : textNode(template);
  }
  if (template instanceof AssignTag) {
    return { type: 'assign', name: inside.key, value: toValueNode(inside.value as Value, at) };
  }
  if (template instanceof CaptureTag) {
    refuseRest(inside.tokenizer, 'A `capture` takes one name, without spaces.');
    return { type: 'capture', name: template.variable, body: nodes(template.templates) };
  }
  if (template instanceof IncrementTag || template instanceof DecrementTag) {
    refuseRest(inside.tokenizer, `\`${template.name}\` takes one name, without spaces.`);
    return { type: 'counter', name: inside.variable };
  }
  if (template instanceof ForTag || template instanceof TablerowTag) return toLoop(template, nodes);
  if (template instanceof IfTag || template instanceof UnlessTag) {
    const branches = template.branches.map(({ value, templates }, index) => ({
      test: toValueNode(value, at),
      negated: template instanceof UnlessTag && index === 0,
      body: nodes(templates),
    }));
    return { type: 'choice', branches, otherwise: nodes(template.elseTemplates) };
  }
  if (template instanceof CaseTag) {
    const branches = template.branches.map(({ values, templates }) => {
      assertWhen(values);
      return { values, body: nodes(templates) };
    });
    return {
      type: 'case',
      value: toValueNode(template.value, at),
      branches,
      otherwise: nodes(template.elseTemplates),
    };
  }
  if (template instanceof CycleTag) {
    if (inside.group) assertComplete(inside.group);
    return {
      type: 'cycle',
      group: inside.group,
      values: inside.candidates.map((value) => toValueNode(value, at)),
    };
  }
  if (template instanceof RenderPrompt) {
    refuseRest(
      inside.tokenizer,
      'A `render` takes nothing after its named values; filters can be used by `assign` before.',
    );
    for (const { value } of template.args) assertComplete(value);
    return { type: 'render', slug: template.slug, args: template.args, at };
  }
  if (template instanceof LiquidTag) return { type: 'block', body: nodes(template.templates) };
  if (template instanceof BreakTag || template instanceof ContinueTag)
    return { type: 'jump', tag: template instanceof BreakTag ? 'break' : 'continue' };
  if (template instanceof RawTag || template instanceof CommentTag || template instanceof InlineCommentTag) {
    return textNode(template);
  }
  throw new TemplateError('template.unknown_tag', `There is no tag \`${template.name}\`.`, at);
}

function textNode(template: Template): Node {
  return { type: 'text', text: template.token.getText() };
}

function toLoop(template: ForTag | TablerowTag, nodes: (list: readonly Template[]) => Node[]): Node {
  const tag = template instanceof ForTag ? 'for' : 'tablerow';
  const { hash } = template instanceof ForTag ? template.hash : (template as unknown as Inside).args;
  refuseRest(
    (template as unknown as Inside).tokenizer,
    `A \`${tag}\` takes no filters. Use \`{% assign list = … | … %}\` before it and loop over \`list\`.`,
  );
  assertComplete(template.collection);
  assertModifiers(tag, hash, template.token.begin);
  return {
    type: 'loop',
    tag,
    variable: template.variable,
    collection: template.collection,
    options: Object.values(hash).filter((token) => token !== undefined),
    settings: Object.keys(hash).join(),
    body: nodes(template.templates),
    otherwise: template instanceof ForTag ? nodes(template.elseTemplates) : [],
  };
}

function refuseRest(tokenizer: Tokenizer, sentence: string): void {
  tokenizer.skipBlank();
  if (!tokenizer.end()) throw new TemplateError('template.syntax', sentence, tokenizer.p);
}

function toValueNode(value: FilteredValue | Value, at: number): ValueNode {
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
