/** Random templates as trees of pieces, so that edits keep their tags balanced. For tests. */
import type { Draw } from '../parameter.arbitrary.ts';

/** A piece of a template: text around bodies. */
export interface Piece {
  parts: string[];
  bodies: Piece[][];
}

export interface Scope {
  draw: Draw;
  isHostile: boolean;
  /** Names that loops and tags set here. */
  names: string[];
  loops: number;
  /** Values that fit the parameter `v` of the prompt that a template renders. */
  fitting: readonly string[];
  /** Names of parameters that are lists only in this content. */
  lists: readonly string[];
}

export function pick<Item>(draw: Draw, items: readonly Item[]): Item {
  return items[draw(items.length)] as Item;
}

const FIELDS = ['a', 'b'];
const LISTS = ['l', 'm', 'r', 'o.a', 'd.f.b', 'q', 'q[0].b', 'p.c'];
const TEXTS = ['s', 't', 'u', 'e', 'd.a', 'd.c'];
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
      return pick(draw, [...LISTS, ...scope.lists]);
    case 2:
      return `${pick(draw, OPEN)}.${pick(draw, FIELDS)}`;
    case 3:
      return `${pick(draw, OPEN)}.${pick(draw, FIELDS)}.${pick(draw, FIELDS)}`;
    case 4:
      return `${pick(draw, [...LISTS, ...scope.lists])}${pick(draw, ['[0]', '.first', '.last', '[1]', '.size', '[-1]'])}`;
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
  'append: s', "split: 'b'", 'plus: 2', 'slice: 1', "default: 'y'", "map: 'b'", "join: ','", "reject: 'b'", "sort: 'a'", "find_exp: 'i', 'i.b'", "prepend: 'x'", 'raw', 'number_of_words', 'abs',
]; // prettier-ignore

function value(scope: Scope): string {
  const { draw } = scope;
  const count = draw(3) > 0 ? 0 : 1 + draw(scope.isHostile ? 3 : 2);
  const filters = Array.from({ length: count }, () => ` | ${pick(draw, FILTERS)}`);
  return `${place(scope)}${filters.join('')}`;
}

export function condition(scope: Scope): string {
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

export function piece(scope: Scope, depth: number): Piece {
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
  if (choice === 5) {
    const argument = isHostile && draw(3) === 0 ? place(scope) : pick(draw, scope.fitting);
    return leaf(`{% render 'other', v: ${argument}${draw(3) === 0 ? `, w: ${pick(draw, TEXTS)}` : ''} %}`);
  }
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
  const lists = [...LISTS, ...scope.lists, ...names, ...(isHostile ? ['(1..3)', '(1..n)', 'o', 's'] : [])];
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

export function pieces(scope: Scope, depth: number): Piece[] {
  return Array.from({ length: 1 + scope.draw(depth === 0 ? 3 : 2) }, () => piece(scope, depth));
}

export function print(list: readonly Piece[]): string {
  return list
    .map(({ parts, bodies }) => parts.map((part, index) => part + print(bodies[index] ?? [])).join(''))
    .join('');
}
