import { describe, expect, it } from 'vitest';
import type { Parameter, PromptContent } from '../prompt.ts';
import { checkRenders, findRenders } from './partials.ts';

function text(template: string, parameters: Parameter[] = []): PromptContent {
  return { kind: 'text', template, parameters, config: '{}' };
}
const TONE = text('{{ mood }}{{ extra }}', [
  { name: 'mood', type: 'string', required: true },
  { name: 'extra', type: 'string', required: false },
]);
function check(set: Record<string, PromptContent>): string[] {
  return checkRenders(new Map(Object.entries(set))).map(
    ({ rule, message, place }) => `${rule} ${place.prompt}:${place.line}:${place.column} ${message}`,
  );
}

it('finds renders wherever they stand, with their arguments', () => {
  const template =
    "{% if a %}{% render 'x', v: 1 %}{% else %}{% for i in b %}{% render 'y' %}{% endfor %}{% endif %}\n{% capture c %}{% render 'z', p: q, r: s %}{% endcapture %}{% case d %}{% when 1 %}{% render 'x' %}{% endcase %}{% liquid\nrender 'l'\n%}{% comment %}{% render 'no' %}{% endcomment %}{% raw %}{% render 'no' %}{% endraw %}";
  expect(
    findRenders(template).map(({ slug, args, place }) => [slug, args.map(({ name }) => name), place.line]),
  ).toEqual([
    ['x', ['v'], 1],
    ['y', [], 1],
    ['z', ['p', 'r'], 2],
    ['x', [], 2],
    ['l', [], 3],
  ]);
});

describe('each render of a set', () => {
  it.each<[string, string, string[]]>([
    ['right', "{% render 'tone', mood: 'calm' %}{% render 'tone', extra: 1, mood: x %}", []],
    [
      'missing',
      "{% render 'tnoe' %}",
      ['render.missing_prompt a:1:1 There is no prompt `tnoe` in this set. Did you mean `tone`?'],
    ],
    [
      'missing argument',
      "x {% render 'tone', extra: 1 %}",
      ["render.missing_argument a:1:3 `tone` requires `mood`: write `{% render 'tone', mood: … %}`."],
    ],
    [
      'unknown argument',
      "{% render 'tone', mood: 1, extre: 2 %}",
      ['render.unknown_argument a:1:28 `tone` has no parameter `extre`. Did you mean `extra`?'],
    ],
    [
      'another set',
      "{% render 'common/tone' %}",
      [
        'render.other_set a:1:1 `common/tone` is in another set. `render` takes the slug of a prompt of the same set.',
      ],
    ],
    [
      'a chat',
      "{% render 'chat' %}",
      ['render.not_text a:1:1 `chat` is a chat prompt; only text prompts can be rendered inside others.'],
    ],
    [
      'itself',
      "{% render 'a' %}",
      ['render.loop a:1:1 Prompts render each other in a circle: a → a. Take one of these renders out.'],
    ],
  ])('%s', (_, template, expected) => {
    const chat: PromptContent = { kind: 'chat', messages: [], parameters: [], config: '{}' };
    expect(check({ a: text(template), tone: TONE, chat })).toEqual(expected);
  });
});

it('circles are shown with their path, each once', () => {
  const set = {
    a: text("{% render 'b' %}{% render 'b' %}"),
    b: text("{% render 'c' %}"),
    c: text("{% render 'b' %}"),
    d: text("{% render 'a' %}"),
  };
  expect(check(set)).toEqual([
    'render.loop c:1:1 Prompts render each other in a circle: b → c → b. Take one of these renders out.',
  ]);
});

it('five inside each other are fine, six are not', () => {
  const chain = (length: number) =>
    Object.fromEntries(
      Array.from({ length: length + 1 }, (_, i) => [
        `p${i}`,
        text(i < length ? `{% render 'p${i + 1}' %}` : 'end'),
      ]),
    );
  expect(check(chain(5))).toEqual([]);
  expect(check(chain(6))).toEqual([
    'render.too_deep p0:1:1 Prompts are rendered inside each other more than 5 deep from here.',
  ]);
});

it('a chain as long as a set of 20,000 is walked without running out of stack', () => {
  const set = new Map(
    Array.from({ length: 20_000 }, (_, i) => [`p${i}`, text(`{% render 'p${(i + 1) % 20_000}' %}`)]),
  );
  expect(checkRenders(set).filter(({ rule }) => rule === 'render.loop')).toHaveLength(1);
});
