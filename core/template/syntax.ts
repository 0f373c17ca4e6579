/**
 * Our own small syntax tree, made from LiquidJS' templates. Everything that depends on the insides of LiquidJS'
 * tags stands in this file; it also refuses what LiquidJS silently ignores.
 */
import {
  AssignTag, BreakTag, CaptureTag, CaseTag, CommentTag, ContinueTag, CycleTag, DecrementTag, EchoTag, ForTag, IfTag,
  IncrementTag, InlineCommentTag, LiquidTag, Output, RawTag, TablerowTag, Tag, UnlessTag,
} from 'liquidjs'; // prettier-ignore
import type { Hash, Template, Token, Tokenizer, Value } from 'liquidjs';
import { assertComplete, assertModifiers, assertWhen } from './complete.ts';
import { TemplateError } from './errors.ts';
import type { RenderArgument } from './tags.ts';
import { RenderPrompt } from './tags.ts';
import { toValueNode, type FilteredValue, type ValueNode } from './value-syntax.ts';

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
export const MAX_DEPTH = 50;
export const TOO_DEEP = `Tags can stand inside each other ${MAX_DEPTH} deep at most.`;

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
/** @throws TemplateError for what LiquidJS would accept and ignore */
export function toNodes(templates: readonly Template[], depth = 0): Node[] {
  return templates.map((template) => toNode(template, depth));
}

function toNode(template: Template, depth: number): Node {
  const at = template.token.begin;
  if (template instanceof Output) return { type: 'output', value: toValueNode(template.value, at), at };
  if (!(template instanceof Tag)) return textNode(template);
  if (depth >= MAX_DEPTH) {
    throw new TemplateError('template.too_deep', TOO_DEEP, at);
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
