/** `{% render %}`: the other prompt is walked in place, with what it is given. */
import type { JsonValue, Parameter, ValueShape } from '../../prompt.ts';
import { checkValues } from '../../value.ts';
import { createPositions } from '../errors.ts';
import { MAX_NESTING } from '../render.ts';
import type { Node } from '../syntax.ts';
import type { Environment } from './environment.ts';
import { fork, isMet, notNull } from './environment.ts';
import type { Known } from './known.ts';
import { constantOf, known, labelOf, pathOf, shapeValue } from './known.ts';
import { readToken } from './read.ts';
import { digest, short } from './symbols.ts';
import type { Walk } from './walk.ts';
import { jumpTest, need } from './walk.ts';

export function walkRender(walk: Walk, environment: Environment, node: Node & { type: 'render' }): void {
  const given = new Map<string, Known>();
  for (const { name, value, at } of node.args) {
    given.set(name, need(walk, environment, readToken(walk, environment, value), at));
  }
  walk.trace?.push(
    `render ${node.slug} ${[...given].map(([name, { symbol }]) => `${name}=${symbol}`).join()}`,
  );
  const content = walk.partials.get(node.slug);
  if (content?.kind !== 'text' || walk.slugs.includes(node.slug) || walk.slugs.length >= MAX_NESTING) return;
  const parsed = walk.parse(content.template);
  if (!parsed.ok) return;
  walk.trace?.push('=', short(content.template));
  const parameters = new Map(
    content.parameters.map((parameter) => [
      parameter.name,
      received(walk, environment, parameter, given.get(parameter.name), node),
    ]),
  );
  const inner: Walk = {
    ...walk,
    parameters,
    slugs: [...walk.slugs, node.slug],
    positionOf: createPositions(content.template),
    place: { prompt: node.slug, part: 'template' },
    ...{ jumps: [], trace: undefined, history: digest([walk.history, node.slug]) },
  };
  inner.walkNodes(
    inner,
    { ...fork(environment, [], jumpTest(walk)), names: new Map() },
    parsed.template.nodes,
  );
}

/** Returns the value of a parameter of the rendered prompt. */
function received(
  walk: Walk,
  environment: Environment,
  parameter: Parameter,
  value: Known | undefined,
  node: Node & { type: 'render' },
): Known {
  const fallback = parameter.required ? null : defaultOf(parameter);
  if (!value || value.type === 'null') return constantOf(fallback);
  const isNull = value.nullable && !isMet(environment, { key: notNull(value) });
  if (!fits(value, parameter) || (isNull && parameter.required)) {
    const shape = JSON.stringify({ ...parameter, description: '', deprecated: '', default: null, name: '' });
    const key = `fits ${value.symbol} ${digest([shape])}`;
    const when = `\`${labelOf(value)}\` doesn't fit \`${parameter.name}\` of \`${node.slug}\``;
    need(walk, environment, { ...value, missing: { key, when } }, node.at);
  }
  const nullable = isNull && fallback === null && !parameter.required;
  if (parameter.fields || parameter.items) {
    const { symbol, path } = value;
    const base = short(`read(${symbol},${digest([JSON.stringify(parameter)])})`);
    return { ...shapeValue({ was: parameter, now: parameter }, base, path), nullable };
  }
  const type = parameter.type === 'messages' ? 'list' : parameter.type;
  const kept: Known = value.type === type ? { ...value } : { ...known(type, value.symbol), ...pathOf(value) };
  if (isNull && fallback !== null) {
    return { ...known(type, `(${value.symbol} or ${JSON.stringify(fallback)})`), nullable: false };
  }
  return { ...kept, nullable };
}

/** Whether each value is one that the parameter takes, as far as it is known. */
function fits(value: Known, parameter: Parameter): boolean {
  const type = parameter.type === 'messages' ? 'list' : parameter.type;
  if (value.constant !== undefined) return checkValues([parameter], { [parameter.name]: value.constant }).ok;
  if (value.type !== type || parameter.type === 'messages') return false;
  if (!parameter.enum && !parameter.fields && !parameter.items) {
    // The items of a list of a call are never null; other lists may have such.
    return type !== 'list' || value.shapes !== undefined;
  }
  const { was, now } = value.shapes ?? {};
  return was !== undefined && sameShape(was, parameter) && now !== undefined && sameShape(now, parameter);
}

function sameShape(a: ValueShape, b: ValueShape): boolean {
  const parts = ({ type, enum: values, fields, items }: ValueShape) =>
    JSON.stringify([type, values, fields, items]);
  return parts(a) === parts(b);
}

function defaultOf(parameter: Parameter): JsonValue {
  const read = checkValues([parameter], {});
  return read.ok ? (read.values[parameter.name] ?? null) : null;
}
