/** Reads values: which names and fields they come from, what is wrong with these, and what they are. */
import { TypeGuards } from 'liquidjs';
import type { PropertyAccessToken, Token } from 'liquidjs';
import type { Place, Problem } from '../prompt.ts';
import { boundedMessage } from '../text.ts';
import { positionAt } from './errors.ts';
import { findArgumentFault } from './filter-arguments.ts';
import { LIST_FILTERS, PROPERTY_FILTERS, shapeAfter } from './filters.ts';
import type { Flow } from './flow.ts';
import { bind, find, fork, isSure, namesIn, pathKey } from './flow.ts';
import type { Shape } from './shapes.ts';
import {
  ANY,
  BOOLEAN,
  NULL,
  NUMBER,
  STRING,
  describe,
  fieldNames,
  itemsOf,
  listOf,
  memberOf,
} from './shapes.ts';
import { closest, noVariable } from './suggest.ts';
import type { Tree, ValueNode } from './value-syntax.ts';

/** A person is helped by the first hundred; and each costs time to word, in the thread that serves everybody. */
export const MAX_PROBLEMS = 100;

/** How a name is used: looped over or worked on as a list, asked for a property, or anything else. */
export type Use = 'list' | 'object' | 'value';

/** Steps behind a name: `['customer', 'name']`; undefined where a step is itself a value. */
export interface Path {
  steps: readonly (string | number | undefined)[];
  use: Use;
}

export interface Walk {
  source: string;
  place: Place;
  parameters: ReadonlyMap<string, Shape>;
  problems: Problem[];
  /**
   * Told of each parameter, or name that nothing declares, that is read.
   *
   * @param use how the name itself is used
   * @param path what is behind the name, and how the value at its end is used
   * @returns what the name is, undefined if unknown
   */
  read(name: string, use: Use, path?: Path): Shape | undefined;
  /** Offset to report instead of a token's own, inside of an expression that is a text. */
  at?: number;
}

/** @param lenient where LiquidJS reads an undefined name as null: tests, and `assign` */
export function readValue(walk: Walk, value: ValueNode, flow: Flow, lenient: boolean): Shape {
  const first = value.filters[0]?.name;
  const use: Use = first !== undefined && LIST_FILTERS.has(first) ? 'list' : 'value';
  let shape = readTree(walk, value.tree, flow, use, lenient || first === 'default');
  for (const filter of value.filters) {
    const args = filter.args.map((arg) => readToken(walk, arg, flow, 'value'));
    for (const [, arg] of filter.named) readToken(walk, arg, flow, 'value');
    if (filter.expression) {
      const inner = fork(flow);
      bind(inner, filter.expression.item, itemsOf(shape));
      readValue({ ...walk, at: walk.at ?? filter.at }, filter.expression.value, inner, false);
    }
    const fault = findArgumentFault(filter);
    if (fault !== undefined) report(walk, 'template.filter_argument', 'error', fault, filter.at);
    const path = PROPERTY_FILTERS.has(filter.name) ? propertyPath(filter.args[0]) : undefined;
    if (path) checkProperty(walk, itemsOf(shape), path, filter.name, filter.args[0] as Token);
    if (filter.name === 'date' && 'token' in value.tree) checkNow(walk, value.tree.token);
    shape = shapeAfter(filter.name, shape, args, path);
  }
  return shape;
}

function checkNow(walk: Walk, token: Token): void {
  if (!TypeGuards.isQuotedToken(token) || !['now', 'today'].includes(token.content.trim())) return;
  const message = `\`${token.content.trim()}\` isn't available, because a version has to render the same for ever. Give the date as a parameter.`;
  report(walk, 'template.now', 'error', message, token.begin);
}

function propertyPath(token: Token | undefined): string[] | undefined {
  return token && TypeGuards.isQuotedToken(token) ? token.content.split('.') : undefined;
}

function checkProperty(walk: Walk, item: Shape, path: readonly string[], filter: string, token: Token): void {
  let shape = item;
  for (const step of path) {
    const member = memberOf(shape, step);
    if (!member) {
      if (isFull(walk)) return;
      const near = closest(step, fieldNames(shape) ?? []);
      const what =
        shape.type === 'object'
          ? `have no field \`${step}\``
          : `are ${describe(shape)} and have no \`${step}\``;
      const message = `The items that \`${filter}\` looks at ${what}.${near ? ` Did you mean \`${near}\`?` : ''}`;
      return report(walk, 'template.unknown_field', 'error', message, token.begin);
    }
    shape = member;
  }
}

function readTree(walk: Walk, tree: Tree, flow: Flow, use: Use, lenient: boolean): Shape {
  if ('token' in tree) return readToken(walk, tree.token, flow, use, lenient);
  if (tree.left) readTree(walk, tree.left, flow, 'value', lenient);
  // What stands before `and` and `or` was tested when the rest is read.
  readTree(walk, tree.right, flow, 'value', lenient);
  return BOOLEAN;
}

export function readToken(walk: Walk, token: Token, flow: Flow, use: Use, lenient = false): Shape {
  if (TypeGuards.isQuotedToken(token)) return STRING;
  if (TypeGuards.isNumberToken(token)) return NUMBER;
  if (TypeGuards.isLiteralToken(token)) return ['nil', 'null'].includes(token.literal) ? NULL : BOOLEAN;
  if (TypeGuards.isRangeToken(token)) {
    for (const bound of [token.lhs, token.rhs]) {
      if (!readToken(walk, bound, flow, 'value').nullable) continue;
      const message = `\`${bound.getText()}\` may be null and would count as 0 in this range. Check it with \`if\` before.`;
      report(walk, 'template.possibly_null', 'warning', message, bound.begin);
    }
    return listOf(NUMBER);
  }
  if (!TypeGuards.isPropertyAccessToken(token)) return ANY;
  return readPath(walk, token, flow, use, lenient);
}

function readPath(walk: Walk, token: PropertyAccessToken, flow: Flow, use: Use, lenient: boolean): Shape {
  const path: (string | number | undefined)[] = token.props.map((prop) => {
    if (TypeGuards.isWordToken(prop) || TypeGuards.isQuotedToken(prop) || TypeGuards.isNumberToken(prop)) {
      return (prop as { content: string | number }).content;
    }
    readToken(walk, prop, flow, 'value');
    return undefined;
  });
  if (token.variable) {
    return path.reduce<Shape>(
      (shape, step) => follow(walk, shape, step, token, []),
      readToken(walk, token.variable, flow, use),
    );
  }
  const [root, ...steps] = path;
  if (typeof root !== 'string') {
    const message = "A variable is named by its own name; it can't be looked up by a value.";
    report(walk, 'template.dynamic_variable', 'error', message, token.begin);
    return ANY;
  }
  const known: (string | number)[] = [root];
  let shape = readRoot(walk, root, steps, flow, use, lenient, token);
  let nullable = shape.nullable && !isSure(flow, pathKey(known));
  for (const step of steps) {
    shape = follow(walk, shape, step, token, known);
    known.push(step ?? '[]');
    nullable ||= shape.nullable && !isSure(flow, pathKey(known));
  }
  return { ...shape, nullable };
}

function readRoot(
  walk: Walk,
  name: string,
  steps: readonly (string | number | undefined)[],
  flow: Flow,
  use: Use,
  lenient: boolean,
  token: Token,
): Shape {
  const binding = find(flow, name);
  if (binding) {
    if (binding.maybe && !lenient && !isSure(flow, name)) {
      const message = `\`${name}\` may not be set here, and rendering would stop. Set it on every way to here, or check it with \`if\`.`;
      report(walk, 'template.maybe_unset', 'warning', message, token.begin);
    }
    return binding.shape;
  }
  const first = steps[0];
  const asList = first === 'size' || first === 'first' || first === 'last' || typeof first === 'number';
  const shape = walk.read(
    name,
    steps.length === 0 ? use : first === 'size' ? 'value' : asList ? 'list' : 'object',
    { steps, use },
  );
  if (!shape) {
    if (isFull(walk)) return ANY;
    const message = noVariable(name, [...walk.parameters.keys(), ...namesIn(flow)]);
    report(walk, 'template.unknown_variable', 'error', message, token.begin);
    return ANY;
  }
  if (shape.type !== 'messages') return shape;
  const message = `\`${name}\` is a list of messages. It goes in by a placeholder of its own, not inside of a text.`;
  report(walk, 'template.messages_parameter', 'error', message, token.begin);
  return ANY;
}

function follow(
  walk: Walk,
  shape: Shape,
  step: string | number | undefined,
  token: Token,
  path: readonly (string | number)[],
): Shape {
  if (step === undefined) return shape.type === 'list' ? itemsOf(shape) : ANY;
  const member = memberOf(shape, step);
  if (member) return member;
  if (isFull(walk)) return ANY;
  const owner = path.length > 0 ? `\`${pathText(path)}\`` : 'The value';
  const near = closest(String(step), fieldNames(shape) ?? []);
  const what =
    shape.type === 'object' ? `has no field \`${step}\`` : `is ${describe(shape)} and has no \`${step}\``;
  const message = `${owner} ${what}.${near ? ` Did you mean \`${near}\`?` : ''}`;
  report(walk, 'template.unknown_field', 'error', message, token.begin);
  return ANY;
}

function isFull(walk: Walk): boolean {
  return walk.problems.length >= MAX_PROBLEMS;
}

function pathText([root, ...steps]: readonly (string | number)[]): string {
  return steps.reduce<string>(
    (text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${step}`),
    String(root),
  );
}

export function report(
  walk: Walk,
  rule: string,
  severity: Problem['severity'],
  sentence: string,
  offset: number,
): void {
  if (isFull(walk)) return;
  const message = boundedMessage(sentence);
  const place: Place = { ...walk.place, ...positionAt(walk.source, walk.at ?? offset) };
  const taken = walk.problems.some(
    (p) =>
      p.rule === rule &&
      p.message === message &&
      p.place.line === place.line &&
      p.place.column === place.column,
  );
  if (!taken) walk.problems.push({ rule, severity, message, place });
}
