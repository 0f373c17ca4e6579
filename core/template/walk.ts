/**
 * The walk over a template's tree that finds what is read. LiquidJS' own analysis misses what loops, `assign` and
 * `map` lead to, and invents globals for `render`.
 */
import { TypeGuards } from 'liquidjs';
import type { Flow } from './flow.ts';
import { bind, enterLoop, fork, makeSure, merge, pathKey, pathOf, restore, truths } from './flow.ts';
import type { Walk } from './read.ts';
import { readToken, readValue, report } from './read.ts';
import type { Shape } from './shapes.ts';
import { ANY, BOOLEAN, NUMBER, STRING, itemsOf, listOf } from './shapes.ts';
import type { Node } from './syntax.ts';
import type { Tree, ValueNode } from './value-syntax.ts';

/** Walks a whole template. */
export function walkTemplate(walk: Walk, nodes: readonly Node[]): void {
  try {
    walkNodes(walk, nodes, fork(undefined));
  } catch (error) {
    // `a[b[c[d…]]]`, thousands deep; tags and conditions were bounded when they were parsed.
    if (!(error instanceof RangeError)) throw error;
    report(walk, 'template.too_deep', 'error', 'A path stands inside of another too deeply.', 0);
  }
}

function walkNodes(walk: Walk, nodes: readonly Node[], flow: Flow): void {
  for (const node of nodes) walkNode(walk, node, flow);
}

function walkNode(walk: Walk, node: Node, flow: Flow): void {
  switch (node.type) {
    case 'text':
    case 'jump':
      return;
    case 'output':
      return printed(walk, node.value, flow);
    case 'cycle':
      if (node.group) readToken(walk, node.group, flow, 'value');
      return node.values.forEach((value) => printed(walk, value, flow));
    case 'assign':
      return bind(flow, node.name, readValue(walk, node.value, flow, true));
    case 'capture':
      walkNodes(walk, node.body, flow);
      return bind(flow, node.name, STRING);
    case 'counter':
      if (walk.parameters.has(node.name)) walk.read(node.name, 'value');
      return bind(flow, node.name, NUMBER);
    case 'block':
      return walkNodes(walk, node.body, flow);
    case 'render':
      return node.args.forEach(({ value }) => readToken(walk, value, flow, 'value'));
    case 'loop':
      return walkLoop(walk, node, flow);
    case 'choice':
      return walkChoice(walk, node, flow);
    case 'case':
      return walkCase(walk, node, flow);
  }
}

function walkLoop(walk: Walk, node: Node & { type: 'loop' }, flow: Flow): void {
  const collection = readToken(walk, node.collection, flow, 'list');
  for (const option of node.options) {
    // `offset: continue` goes on where the last loop over the list ended.
    if (node.tag === 'for' && option.getText() === 'continue') continue;
    readToken(walk, option, flow, 'value');
  }
  // A list that is null has no rounds. A range does: a null bound counts as 0, so it guards nothing.
  const path = pathOf(node.collection);
  const body = fork(flow, path ? path.map((_, index) => pathKey(path.slice(0, index + 1))) : []);
  enterLoop(body, node.body);
  const isObject = collection.type === 'object';
  bind(body, node.variable, isObject ? listOf(ANY) : itemsOf(collection));
  const loop = node.tag === 'for' ? 'forloop' : 'tablerowloop';
  bind(body, loop, LOOPS[node.tag]);
  walkNodes(walk, node.body, body);
  const otherwise = fork(flow);
  walkNodes(walk, node.otherwise, otherwise);
  for (const name of [node.variable, loop]) restore(body, name, flow);
  merge(flow, [body, otherwise]);
}

const LOOP_FIELDS: [string, Shape][] = [
  ...['index', 'index0', 'rindex', 'rindex0', 'length', 'i'].map((name): [string, Shape] => [name, NUMBER]),
  ['name', STRING], ['first', BOOLEAN], ['last', BOOLEAN],
]; // prettier-ignore
const LOOPS: Record<'for' | 'tablerow', Shape> = {
  for: { type: 'object', nullable: false, fields: new Map(LOOP_FIELDS) },
  tablerow: {
    type: 'object',
    nullable: false,
    fields: new Map([
      ...LOOP_FIELDS,
      ['row', NUMBER], ['col', NUMBER], ['col0', NUMBER], ['cols', NUMBER], ['col_first', BOOLEAN], ['col_last', BOOLEAN],
    ]), // prettier-ignore
  },
};

function walkChoice(walk: Walk, node: Node & { type: 'choice' }, flow: Flow): void {
  const rest = fork(flow);
  const ends: Flow[] = [];
  for (const { test, negated, body } of node.branches) {
    readValue(walk, test, rest, true);
    const said = test.filters.length === 0 ? truths(test.tree) : { whenTrue: [], whenFalse: [] };
    const branch = fork(rest, negated ? said.whenFalse : said.whenTrue);
    walkNodes(walk, body, branch);
    ends.push(branch);
    for (const key of negated ? said.whenTrue : said.whenFalse) makeSure(rest, key);
  }
  walkNodes(walk, node.otherwise, rest);
  merge(flow, [...ends, rest]);
}

function walkCase(walk: Walk, node: Node & { type: 'case' }, flow: Flow): void {
  readValue(walk, node.value, flow, true);
  const path =
    'token' in node.value.tree && node.value.filters.length === 0 ? pathOf(node.value.tree.token) : undefined;
  const keys = path?.map((_, index) => pathKey(path.slice(0, index + 1))) ?? [];
  const ends = node.branches.map(({ values, body }) => {
    for (const value of values) readToken(walk, value, flow, 'value', true);
    const notNull = values.every(
      (value) => TypeGuards.isQuotedToken(value) || TypeGuards.isNumberToken(value),
    );
    const branch = fork(flow, notNull ? keys : []);
    walkNodes(walk, body, branch);
    return branch;
  });
  const otherwise = fork(flow);
  walkNodes(walk, node.otherwise, otherwise);
  merge(flow, [...ends, otherwise]);
}

function printed(walk: Walk, value: ValueNode, flow: Flow): void {
  const shape = readValue(walk, value, flow, false);
  if (!shape.nullable || isNil(value.tree)) return;
  const name = 'token' in value.tree ? `\`${value.tree.token.getText()}\`` : 'This value';
  const message = `${name} may be null and would print nothing here. Check it with \`if\`, or give it a \`default\`.`;
  report(walk, 'template.possibly_null', 'warning', message, value.at);
}

function isNil(tree: Tree): boolean {
  return 'token' in tree && TypeGuards.isLiteralToken(tree.token);
}
