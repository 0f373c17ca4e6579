/**
 * Random pairs of contents: a content, and the same after a few random edits of its templates, its parameters and the
 * prompts that it renders. `isHostile` adds what real prompts hardly use: shadowed names, counters, jumps, ranges.
 */
import type { Draw } from '../parameter.arbitrary.ts';
import type { Parameter, PromptContent } from '../prompt.ts';
import type { Renderable } from './judge.ts';

export interface Pair {
  before: Renderable;
  after: Renderable;
}

/** A piece of a template: text around bodies. */
interface Piece {
  parts: string[];
  bodies: Piece[][];
}

interface Scope {
  draw: Draw;
  isHostile: boolean;
  /** Names that loops and tags set here. */
  names: string[];
  loops: number;
  mayRender: boolean;
}

const PARAMETERS: Parameter[] = [
  { name: 's', type: 'string', required: true },
  { name: 't', type: 'string', required: false },
  { name: 'u', type: 'string', required: false, default: 'a,b' },
  { name: 'e', type: 'string', required: true, enum: ['x', 'y'] },
  { name: 'n', type: 'number', required: true },
  { name: 'b', type: 'boolean', required: false },
  { name: 'l', type: 'list', required: true, items: { type: 'string' } },
  { name: 'm', type: 'list', required: false, default: ['x'] },
  { name: 'r', type: 'list', required: true },
  { name: 'o', type: 'object', required: true },
  { name: 'p', type: 'object', required: false },
  {
    name: 'd', type: 'object', required: true, fields: [
      { name: 'a', type: 'string', required: true },
      { name: 'b', type: 'string', required: false },
      { name: 'c', type: 'string', required: false, default: 'x' },
      { name: 'f', type: 'object', required: true },
    ],
  },
  {
    name: 'q', type: 'list', required: true, items: {
      type: 'object', fields: [
        { name: 'a', type: 'string', required: true },
        { name: 'b', type: 'list', required: false },
      ],
    },
  },
]; // prettier-ignore

function pick<Item>(draw: Draw, items: readonly Item[]): Item {
  return items[draw(items.length)] as Item;
}

const FIELDS = ['a', 'b'];
const LISTS = ['l', 'm', 'r', 'o.a', 'd.f.b', 'q', 'q[0].b', 'p.c'];
const OPEN = ['o', 'p', 'd.f', 'r[0]', 'r.last', 'q.first', 'd', 'r[1]'];

function place(scope: Scope): string {
  const { draw, names } = scope;
  if (names.length > 0 && draw(3) > 0) {
    const name = pick(draw, names);
    return draw(2) === 0 ? name : `${name}.${pick(draw, FIELDS)}`;
  }
  switch (draw(scope.isHostile ? 8 : 7)) {
    case 0:
      return pick(draw, ['s', 't', 'u', 'e', 'n', 'b']);
    case 1:
      return pick(draw, LISTS);
    case 2:
      return `${pick(draw, OPEN)}.${pick(draw, FIELDS)}`;
    case 3:
      return `${pick(draw, OPEN)}.${pick(draw, FIELDS)}.${pick(draw, FIELDS)}`;
    case 4:
      return `${pick(draw, LISTS)}${pick(draw, ['[0]', '.first', '.last', '[1]', '.size', '[-1]'])}`;
    case 5:
      return `${pick(draw, ['q', 'r'])}${pick(draw, ['[0]', '.first', '.last'])}.${pick(draw, FIELDS)}`;
    case 6:
      return `d.${pick(draw, ['a', 'b', 'c', 'f'])}`;
    default:
      return `${pick(draw, OPEN)}[${pick(draw, ['s', 'e', 'o.a', 'n', 'l[0]'])}]`;
  }
}

const FILTERS = [
  'upcase', 'strip', "append: 'x'", "split: ','", 'first', 'last', "default: 'x'", 'size', "join: '-'", 'reverse', 'uniq',
  'sort', "map: 'a'", "where: 'a', 'x'", 'json', 'compact', 'plus: 1', "date: '%Y'", 'url_decode', 'base64_decode',
  "find: 'a', 'x'", "find_index: 'a', 'x'", "group_by: 'a'", "where_exp: 'i', 'i.a == s'", 'slice: 0', 'concat: l',
  "push: 'x'", 'pop', 'shift', "sum: 'a'", "has: 'a', 'x'", 'escape', 'truncate: 2', "replace: 'a', 'b'", 'divided_by: 2',
  "reject: 'b'", "sort: 'a'", "find_exp: 'i', 'i.b'", "prepend: 'x'", 'raw', 'number_of_words', 'abs',
]; // prettier-ignore

function value(scope: Scope): string {
  const { draw } = scope;
  const count = draw(3) > 0 ? 0 : 1 + draw(scope.isHostile ? 3 : 2);
  const filters = Array.from({ length: count }, () => ` | ${pick(draw, FILTERS)}`);
  return `${place(scope)}${filters.join('')}`;
}

function condition(scope: Scope): string {
  const { draw } = scope;
  const one = place(scope);
  switch (draw(10)) {
    case 0:
      return `${one} == 'x'`;
    case 1:
      return `${one} != nil`;
    case 2:
      return `${one} != blank`;
    case 3:
      return `${one} == empty`;
    case 4:
      return `${pick(draw, LISTS)}.size ${pick(draw, ['>', '>=', '==', '!=', '<'])} ${draw(3)}`;
    case 5:
      return `${one} contains 'x'`;
    case 6:
      return `${one} and ${place(scope)}`;
    case 7:
      return `${one} or ${place(scope)}`;
    case 8:
      return scope.isHostile ? `not ${one}` : one;
    default:
      return one;
  }
}

function piece(scope: Scope, depth: number): Piece {
  const { draw, isHostile } = scope;
  const leaf = (text: string): Piece => ({ parts: [text], bodies: [] });
  const choice = draw(depth > 1 ? 6 : isHostile ? 18 : 13);
  if (choice <= 2) return leaf(`{{ ${value(scope)} }}`);
  if (choice === 3) return leaf(pick(draw, ['Hello. ', 'Be brief. ', 'x\n']));
  if (choice === 4) {
    const name = pick(draw, isHostile ? ['x', 'y', 's', 'o', 'i', 'forloop'] : ['x', 'y']);
    const text = `{% assign ${name} = ${value(scope)} %}`;
    scope.names.push(name);
    return leaf(text);
  }
  if (choice === 5 && scope.mayRender) {
    return leaf(`{% render 'other', v: ${place(scope)}${draw(2) === 0 ? `, w: ${place(scope)}` : ''} %}`);
  }
  if (choice === 5) return leaf(`{{ ${place(scope)} }}`);
  if (choice <= 8) {
    const tag = draw(4) === 0 ? 'unless' : 'if';
    const test = condition(scope);
    const bodies = [pieces(scope, depth + 1)];
    const parts = [`{% ${tag} ${test} %}`];
    if (draw(3) === 0) {
      parts.push(draw(2) === 0 ? '{% else %}' : `{% elsif ${condition(scope)} %}`);
      bodies.push(pieces(scope, depth + 1));
    }
    return { parts: [...parts, `{% end${tag} %}`], bodies };
  }
  if (choice <= 10) return loop(scope, depth);
  if (choice === 11) {
    const body = pieces(scope, depth + 1);
    scope.names.push('z');
    return { parts: ['{% capture z %}', '{% endcapture %}'], bodies: [body] };
  }
  if (choice === 12) {
    return {
      parts: [
        `{% case ${place(scope)} %}{% when 'x' %}`,
        `{% when ${pick(draw, ["'y'", "'x', 'z'", 'e'])} %}`,
        '{% else %}',
        '{% endcase %}',
      ],
      bodies: [pieces(scope, depth + 1), pieces(scope, depth + 1), pieces(scope, depth + 1)],
    };
  }
  if (choice === 13)
    return leaf(`{% ${pick(draw, ['increment', 'decrement'])} ${pick(draw, ['k', 'n', 'x', 's'])} %}`);
  if (choice === 14) return leaf(`{% cycle ${pick(draw, ['', "'g': "])}${place(scope)}, ${place(scope)} %}`);
  if (choice === 15 && scope.loops > 0) {
    return leaf(`{% if ${condition(scope)} %}{% ${pick(draw, ['break', 'continue'])} %}{% endif %}`);
  }
  return loop(scope, depth);
}

function loop(scope: Scope, depth: number): Piece {
  const { draw, isHostile, names } = scope;
  const tag = isHostile && draw(4) === 0 ? 'tablerow' : 'for';
  const name = pick(draw, isHostile ? ['i', 'j', 's', 'o'] : ['i', 'j']);
  const lists = isHostile ? [...LISTS, '(1..3)', '(1..n)', 'o', 's', ...names] : [...LISTS, ...names];
  const options =
    draw(isHostile ? 2 : 6) === 0
      ? pick(draw, [
          ' limit:1',
          ' offset:1',
          ...(tag === 'for' ? [' reversed', ' offset:continue'] : [' cols:2']),
        ])
      : '';
  const head = `{% ${tag} ${name} in ${pick(draw, lists)}${options} %}`;
  const inner = {
    ...scope,
    names: [...names, name, ...(isHostile ? ['forloop.index'] : [])],
    loops: scope.loops + 1,
  };
  const bodies = [pieces(inner, depth + 1)];
  const parts = [head];
  if (tag === 'for' && draw(5) === 0) {
    parts.push('{% else %}');
    bodies.push(pieces(scope, depth + 1));
  }
  return { parts: [...parts, `{% end${tag} %}`], bodies };
}

function pieces(scope: Scope, depth: number): Piece[] {
  return Array.from({ length: 1 + scope.draw(depth === 0 ? 3 : 2) }, () => piece(scope, depth));
}

function print(list: readonly Piece[]): string {
  return list
    .map(({ parts, bodies }) => parts.map((part, index) => part + print(bodies[index] ?? [])).join(''))
    .join('');
}

/** All lists of pieces in a template. */
function listsIn(list: Piece[]): Piece[][] {
  return [list, ...list.flatMap(({ bodies }) => bodies.flatMap(listsIn))];
}

function editTemplate(scope: Scope, list: Piece[]): void {
  const { draw } = scope;
  const target = pick(draw, listsIn(list));
  const at = draw(target.length + 1);
  const old = target[at];
  switch (draw(7)) {
    case 0:
      target.splice(at, 1);
      return;
    case 1:
      target.splice(at, 0, piece(scope, 1));
      return;
    case 2:
      if (old)
        target.splice(at, 1, { parts: [`{% if ${condition(scope)} %}`, '{% endif %}'], bodies: [[old]] });
      return;
    case 3:
      if (old) target.splice(at, 1, ...old.bodies.flat());
      return;
    case 4:
      target.push(...target.splice(0, 1));
      return;
    case 5: {
      const other = pick(draw, listsIn(list));
      const moved = structuredClone(pick(draw, [...other, piece(scope, 2)]));
      target.splice(at, 0, moved);
      return;
    }
    default:
      if (old) target.splice(at, 1, piece(scope, 1));
  }
}

function editParameters(draw: Draw, parameters: Parameter[]): void {
  const one = pick(draw, parameters);
  switch (draw(6)) {
    case 0:
      if (!one.required)
        one.default = pick<NonNullable<Parameter['default']>[]>(draw, [['x'], ['y'], []])[0] ?? null;
      if (!one.required && one.type !== 'string') delete one.default;
      return;
    case 1:
      if (one.required) one.required = false;
      return;
    case 2:
      delete one.fields;
      return;
    case 3:
      delete one.items;
      return;
    case 4:
      one.fields?.push({ name: 'g', type: 'string', required: false, default: 'x' });
      return;
    default:
      delete one.enum;
  }
}

function other(scope: Scope): { template: Piece[]; parameters: Parameter[] } {
  const parameters: Parameter[] = [
    pick<Parameter>(scope.draw, [
      { name: 'v', type: 'object', required: true },
      { name: 'v', type: 'string', required: true },
      { name: 'v', type: 'list', required: false },
    ]),
    { name: 'w', type: 'string', required: false, default: 'w' },
  ];
  const template = [
    { parts: [`{{ v${pick(scope.draw, ['', '', '.a', '[0]'])} }}{% if w %}{{ w }}{% endif %}`], bodies: [] },
  ];
  return { template, parameters };
}

export function makePair(draw: Draw, isHostile: boolean): Pair {
  const scope = (): Scope => ({ draw, isHostile, names: [], loops: 0, mayRender: true });
  const isChat = draw(4) === 0;
  const count = isChat ? 2 : 1;
  const templates = Array.from({ length: count }, () => pieces(scope(), 0));
  const parameters = structuredClone(PARAMETERS);
  const partial = other(scope());
  const make = (): Renderable => {
    const texts = templates.map(print);
    const rest = { parameters: structuredClone(parameters), config: '{}' };
    const content: PromptContent = isChat
      ? { kind: 'chat', messages: texts.map((text) => ({ role: 'user', content: text })), ...rest }
      : { kind: 'text', template: texts[0] ?? '', ...rest };
    const rendered: PromptContent = {
      ...{ kind: 'text', template: print(partial.template), config: '{}' },
      parameters: structuredClone(partial.parameters),
    };
    return { content, partials: { other: rendered } };
  };
  const before = make();
  for (let edits = 1 + draw(3); edits > 0; edits--) {
    const choice = draw(10);
    if (choice === 0) editParameters(draw, parameters);
    else if (choice === 1) partial.template = other(scope()).template;
    else editTemplate(scope(), pick(draw, templates));
  }
  return { before, after: make() };
}
