/**
 * Random pairs of contents: a content, and the same after a few random edits of its templates, its parameters and the
 * prompts that it renders. `isHostile` adds what real prompts hardly use: shadowed names, counters, jumps, ranges.
 */
import type { Draw } from '../parameter.arbitrary.ts';
import type { ChatMessage, Parameter, PromptContent } from '../prompt.ts';
import { analyseContent } from '../template/analyse.ts';
import type { Renderable } from './judge.ts';
import {
  condition,
  pick,
  piece,
  pieces,
  print,
  type Piece,
  type Scope,
} from './template-pieces.arbitrary.ts';

export interface Pair {
  before: Renderable;
  after: Renderable;
}

/** The parameters of each old content. */
export const PARAMETERS: Parameter[] = [
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
  { name: 'h', type: 'messages', required: true },
  { name: 'g', type: 'messages', required: false },
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

/** All lists of pieces in a template. */
function listsIn(list: Piece[]): Piece[][] {
  return [list, ...list.flatMap(({ bodies }) => bodies.flatMap(listsIn))];
}

/** The head of a loop, with its options. */
const LOOP = /^(\{% (?:for|tablerow) \w+ in [^ ]+).* %\}$/;

function editTemplate(scope: Scope, list: Piece[]): void {
  const { draw } = scope;
  const target = pick(draw, listsIn(list));
  const at = draw(target.length + 1);
  const old = target[at];
  switch (draw(8)) {
    case 7: {
      const loops = listsIn(list)
        .flat()
        .filter(({ parts }) => LOOP.test(parts[0] ?? ''));
      const loop = loops.length > 0 ? structuredClone(pick(draw, loops)) : undefined;
      if (!loop) return;
      loop.parts[0] = loop.parts[0]?.replace(LOOP, `$1${pick(draw, ['', ' limit:1', ' offset:1'])} %}`) ?? '';
      target.splice(at, 0, loop);
      return;
    }
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
  // A list takes the messages of old calls, and templates can read it.
  if (one.type === 'messages') one.type = 'list';
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

/** The prompt that templates render, and the one that it renders. */
interface Rendered {
  kind: RenderedKind;
  template: string;
  inner: string;
}

interface RenderedKind {
  parameter: Parameter;
  /** Values that fit the parameter. */
  fitting: readonly string[];
}

const KINDS: RenderedKind[] = [
  { parameter: { name: 'v', type: 'object', required: true }, fitting: ['o', 'd', 'd.f', 'q.first', 'p'] },
  { parameter: { name: 'v', type: 'string', required: true }, fitting: ['s', 'u', 'e', 'd.a', 'l.first'] },
  { parameter: { name: 'v', type: 'list', required: false }, fitting: ['l', 'm', 'r', 'q', 'q[0].b'] },
];
const W: Parameter = { name: 'w', type: 'string', required: false, default: 'w' };

function renderedTemplate(draw: Draw): string {
  const read = `{{ v${pick(draw, ['', '', '.a', '[0]', '.first.a'])} }}`;
  return `${pick(draw, ['', read])}${pick(draw, [read, '{% if w %}{{ w }}{% endif %}', "{% render 'inner', v: v %}"])}`;
}

function innerTemplate(draw: Draw): string {
  return pick(draw, [
    '{{ v }}',
    '{{ v.a }}',
    '{% if v.b %}{{ v.b }}{% endif %}',
    '{% for i in v %}{{ i.a }}{% endfor %}',
  ]);
}

function partialsOf({ kind, template, inner }: Rendered): Record<string, PromptContent> {
  const make = (text: string, parameters: Parameter[]): PromptContent => ({
    ...{ kind: 'text', template: text, parameters: structuredClone(parameters), config: '{}' },
  });
  return { other: make(template, [kind.parameter, W]), inner: make(inner, [kind.parameter]) };
}

/** Whether both contents may be published. No other contents are compared. */
function isPublishable({ before, after }: Pair): boolean {
  return [before, after].every(({ content }) =>
    analyseContent(content).every(({ severity }) => severity === 'warning'),
  );
}

/** @param printTemplate of the contents; the prompts that they render are printed plainly */
export function makePair(draw: Draw, isHostile: boolean, printTemplate = print): Pair {
  for (;;) {
    const pair = drawPair(draw, isHostile, printTemplate);
    if (isPublishable(pair)) return pair;
  }
}

function drawPair(draw: Draw, isHostile: boolean, printTemplate: typeof print): Pair {
  const kind = pick(draw, KINDS);
  const rendered: Rendered = { kind, template: renderedTemplate(draw), inner: innerTemplate(draw) };
  const parameters = structuredClone(PARAMETERS);
  const scope = (): Scope => ({
    ...{ draw, isHostile, names: [], loops: 0, fitting: kind.fitting },
    lists: parameters.filter(({ name, type }) => name === 'h' && type === 'list').map(({ name }) => name),
  });
  const isChat = draw(4) === 0;
  const templates = Array.from({ length: isChat ? 2 : 1 }, () => pieces(scope(), 0));
  const placeholders = isChat ? some(draw, ['h', 'g']) : [];
  const make = (): Renderable => {
    const texts = templates.map(printTemplate);
    const rest = { parameters: structuredClone(parameters), config: '{}' };
    const messages: ChatMessage[] = [
      ...texts.map((text): ChatMessage => ({ role: 'user', content: text })),
      ...placeholders.map((placeholder) => ({ placeholder })),
    ];
    const content: PromptContent = isChat
      ? { kind: 'chat', messages, ...rest }
      : { kind: 'text', template: texts[0] ?? '', ...rest };
    return { content, partials: partialsOf(rendered) };
  };
  const before = make();
  for (let edits = 1 + draw(3); edits > 0; edits--) {
    const choice = draw(12);
    if (choice === 0) editParameters(draw, parameters);
    else if (choice === 1) rendered.template = renderedTemplate(draw);
    else if (choice === 2) rendered.inner = innerTemplate(draw);
    else if (choice === 3 && isChat) placeholders.push(...some(draw, ['g']));
    else editTemplate(scope(), pick(draw, templates));
  }
  return { before, after: make() };
}

function some<Item>(draw: Draw, items: readonly Item[]): Item[] {
  return items.filter(() => draw(2) === 0);
}
