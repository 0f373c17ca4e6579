/** Walks the tags of a template. */
import { TypeGuards } from 'liquidjs';
import type { Node } from '../syntax.ts';
import type { End, Environment } from './environment.ts';
import { factsOfTruth, fork, merge, negate, NEVER } from './environment.ts';
import { known } from './known.ts';
import { walkLoop } from './loops.ts';
import { readToken, readValue } from './read.ts';
import { walkRender } from './renders.ts';
import { digest, short } from './symbols.ts';
import type { Test } from './tests.ts';
import { canEqual, inverse, readTest, testOfValue, truthOf } from './tests.ts';
import type { Walk } from './walk.ts';
import { need, noteCompared, parameterOf, spend } from './walk.ts';

export function walkNodes(walk: Walk, environment: Environment, nodes: readonly Node[]): void {
  for (const node of nodes) {
    spend(walk);
    walkNode(walk, environment, node);
  }
}

function walkNode(walk: Walk, environment: Environment, node: Node): void {
  switch (node.type) {
    case 'text':
      // The sign keeps texts apart from symbols.
      walk.trace?.push('=', short(node.text));
      return;
    case 'output': {
      const value = need(walk, environment, readValue(walk, environment, node.value, false), node.value.at);
      walk.trace?.push(value.symbol);
      return;
    }
    case 'assign':
      environment.names.set(node.name, readValue(walk, environment, node.value, true));
      return;
    case 'capture':
      return walkCapture(walk, environment, node);
    case 'counter':
      return walkCounter(walk, environment, node.name);
    case 'cycle':
      return walkCycle(walk, environment, node);
    case 'block':
      return walkNodes(walk, environment, node.body);
    case 'render':
      return walkRender(walk, environment, node);
    case 'loop':
      return walkLoop(walk, environment, node);
    case 'choice':
      return walkChoice(walk, environment, node);
    case 'case':
      return walkCase(walk, environment, node);
    case 'jump': {
      const set = [...environment.names].map(([name, value]) => `${name}=${value.symbol}`);
      walk.jumps.push(digest([node.tag, ...environment.when, ...set.sort()]));
      walk.trace?.push(node.tag);
    }
  }
}

function walkCapture(walk: Walk, environment: Environment, node: Node & { type: 'capture' }): void {
  const trace: string[] = [];
  const before = walk.jumps.length;
  const inner = { ...walk, trace };
  walkNodes(inner, environment, node.body);
  // `jumps` is shared, but history is not.
  walk.history = inner.history;
  const text = known('string', `capture ${digest([...trace, ...walk.jumps.slice(before)])}`);
  walk.trace?.push(text.symbol);
  environment.names.set(node.name, text);
}

/** A counter changes the value under its name in the parameters, not the name that `assign` sets. */
function walkCounter(walk: Walk, environment: Environment, name: string): void {
  const before = environment.names.get(`#${name}`) ?? parameterOf(walk, name);
  const after = known('number', `count(${before?.symbol ?? ''})`);
  environment.names.set(`#${name}`, after);
  const own = environment.names.get(name);
  if (own?.missing) {
    const { isImpossible, ...missing } = own.missing;
    void isImpossible;
    environment.names.set(name, { ...own, symbol: `count(${own.symbol})`, missing });
  }
  walk.trace?.push(after.symbol);
}

function walkCycle(walk: Walk, environment: Environment, node: Node & { type: 'cycle' }): void {
  const group = node.group ? readToken(walk, environment, node.group).symbol : '';
  const symbols: string[] = [];
  const own = digest([walk.history, group, ...environment.when]);
  for (const [index, value] of node.values.entries()) {
    const tests = node.values.length > 1 ? [`cycle ${own} ${index}/${node.values.length}`] : [];
    const inner = fork(environment, [], tests);
    symbols.push(need(walk, inner, readValue(walk, inner, value, false), value.at).symbol);
  }
  walk.history = digest([walk.history, group, ...symbols, ...environment.when]);
  walk.trace?.push(walk.history);
}

function walkChoice(walk: Walk, environment: Environment, node: Node & { type: 'choice' }): void {
  const rest = fork(environment);
  let label = '';
  const ends: End[] = [];
  for (const { test: value, negated, body } of node.branches) {
    const plain: Test =
      value.filters.length === 0
        ? readTest(walk, rest, value.tree)
        : testOfValue(readValue(walk, rest, value, true));
    const test = negated ? inverse(plain) : plain;
    const branch = fork(rest, test.factsIfTrue, test.ifTrue);
    walk.trace?.push(`if ${test.symbol}`);
    walkNodes(walk, branch, body);
    ends.push({ environment: branch, label: short([label, ...test.ifTrue].join('&')) });
    Object.assign(rest, fork(rest, test.factsIfFalse, test.ifFalse));
    label = short([label, ...test.ifFalse].join('&'));
  }
  walk.trace?.push('else');
  walkNodes(walk, rest, node.otherwise);
  walk.trace?.push('endif');
  ends.push({ environment: rest, label });
  finish(walk, environment, ends);
}

function finish(walk: Walk, environment: Environment, ends: readonly End[]): void {
  const sizes = ends.map((end) => end.environment.names.size + end.environment.met.size);
  spend(walk, Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 100));
  merge(environment, ends, (name) => parameterOf(walk, name));
}

/** LiquidJS renders each branch that matches, one after the other. */
function walkCase(walk: Walk, environment: Environment, node: Node & { type: 'case' }): void {
  const value = readValue(walk, environment, node.value, true);
  const literals = node.branches.flatMap(({ values }) => values);
  const isExclusive =
    literals.every((token) => TypeGuards.isQuotedToken(token) || TypeGuards.isNumberToken(token)) &&
    new Set(literals.map((token) => (token as { content?: unknown }).content)).size === literals.length;
  const ends: End[] = [];
  const rest: string[] = [];
  for (const { values, body } of node.branches) {
    const wanted = values.map((token) => readToken(walk, environment, token, true));
    for (const one of wanted) noteCompared(walk, value, one);
    const isPossible = wanted.some((one) => canEqual(value, one));
    const test = isPossible ? `(${truthOf(value)} in ${wanted.map(({ symbol }) => symbol).join()})` : NEVER;
    const isLiteral = wanted.every(({ constant }) => constant !== undefined && constant !== null);
    const branch = fork(environment, isLiteral ? factsOfTruth(value) : [], [test]);
    walk.trace?.push(`when ${test}`);
    walkNodes(walk, branch, body);
    if (isExclusive) ends.push({ environment: branch, label: test });
    else finish(walk, environment, [{ environment: branch, label: test }, { environment: fork(environment), label: negate(test) }]); // prettier-ignore
    rest.push(negate(test));
  }
  const otherwise = fork(environment, [], rest);
  walk.trace?.push('else');
  walkNodes(walk, otherwise, node.otherwise);
  walk.trace?.push('endcase');
  ends.push({ environment: otherwise, label: short(rest.join('&')) });
  if (!isExclusive) ends.push({ environment: fork(environment), label: 'else' });
  finish(walk, environment, ends);
}
