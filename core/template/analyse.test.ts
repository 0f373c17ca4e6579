import { describe, expect, it } from 'vitest';
import type { Parameter, Problem, PromptContent } from '../prompt.ts';
import { analyseContent } from './analyse.ts';
import { findVariables } from './variables.ts';

const required = (name: string, rest: Omit<Parameter, 'name' | 'required'>): Parameter => ({
  name,
  required: true,
  ...rest,
});
const optional = (name: string, rest: Omit<Parameter, 'name' | 'required'>): Parameter => ({
  name,
  required: false,
  ...rest,
});

const PARAMETERS: Parameter[] = [
  required('name', { type: 'string' }),
  optional('note', { type: 'string' }),
  optional('tone', { type: 'string', default: 'calm' }),
  optional('n', { type: 'number' }),
  optional('tags', { type: 'list', items: { type: 'string' } }),
  required('order', {
    type: 'object',
    fields: [
      required('total', { type: 'number' }),
      optional('memo', { type: 'string' }),
      required('items', {
        type: 'list',
        items: {
          type: 'object',
          fields: [
            required('sku', { type: 'string' }),
            required('price', { type: 'number' }),
            optional('cat', { type: 'string' }),
          ],
        },
      }),
    ],
  }),
  required('open', { type: 'object' }),
  required('rows', { type: 'list' }),
  optional('history', { type: 'messages' }),
];

function text(template: string, parameters = PARAMETERS): PromptContent {
  return { kind: 'text', template, parameters, config: '{}' };
}
/** `rule column`, without the parameters that a short template doesn't use. */
function found(template: string): string[] {
  return analyseContent(text(template))
    .filter(({ rule }) => rule !== 'parameter.unused')
    .map(({ rule, place }) => `${rule.replace('template.', '')} ${place.column}`);
}
function messages(problems: Problem[]): string[] {
  return problems.map(({ message }) => message);
}

describe('a variable or declared field that does not exist is an error', () => {
  it.each<[string, string[]]>([
    ['{{ name }}', []],
    ['{{ nmae }}', ['unknown_variable 4']],
    ['{% if nmae %}{% endif %}', ['unknown_variable 7']],
    ['{{ nmae | default: "x" }}', ['unknown_variable 4']],
    ['{{ name | append: nmae }}', ['unknown_variable 19']],
    ["{% render 'x', a: nmae %}", ['unknown_variable 19']],
    ['{% for i in itmes %}{% endfor %}', ['unknown_variable 13']],
    ['{% for i in order.items limit: nn %}{% endfor %}', ['unknown_variable 32']],
    ['{% for i in order.items offset: continue %}{% endfor %}', []],
    ['{% for i in (1..m) %}{% endfor %}', ['unknown_variable 17']],
    ['{{ order.totl }}', ['unknown_field 4']],
    ['{{ order["totl"] }}', ['unknown_field 4']],
    ['{{ order[name] }}', []],
    ['{{ order[nmae] }}', ['unknown_variable 10']],
    ['{{ name.foo }}{{ name.size }}{{ order.total.foo }}', ['unknown_field 4', 'unknown_field 33']],
    ['{{ order.items.size }}{{ order.items.first.sku }}{{ order.items.foo }}', ['unknown_field 53']],
    ['{{ order.items[0].sku }}{{ order.items[0].skuu }}', ['unknown_field 28']],
    ['{{ open.a.b }}{{ rows[0].x }}{{ rows.first.y }}', []],
    ['{{ [name] }}', ['dynamic_variable 4']],
    ['{{ history }}', ['messages_parameter 4']],
    ["{{ 'now' | date: '%Y' }}", ['now 4']],
    ['{% cycle "a", nmae %}', ['unknown_variable 15']],
    ['{% case nmae %}{% when zz %}{% endcase %}', ['unknown_variable 9', 'unknown_variable 24']],
  ])('%s', (template, expected) => expect(found(template)).toEqual(expected));
});

describe('arguments by which a filter would fail are an error', () => {
  it.each<[string, string[]]>([
    ['{{ name | append }}', ['filter_argument 11']],
    ["{{ name | append: 'x' }}", []],
    ["{{ name | default: 'a', 'b' }}", ['filter_argument 11']],
    ["{{ name | default: 'a', allow_false: true }}", []],
    ['{{ rows | map: name }}', ['filter_argument 11']],
    ['{{ rows | where }}', ['filter_argument 11']],
    ['{{ rows | sort }}', []],
    ["{{ name | date: '%H', 'Europe/Berlin' }}", ['filter_argument 11']],
    ["{{ name | date: '%H', tone }}", ['filter_argument 11']],
    ["{{ name | date: '%H', '+02:00' }}{{ name | date: '%H', 300 }}", []],
  ])('%s', (template, expected) => expect(found(template)).toEqual(expected));
});

describe('names are followed through tags and filters', () => {
  it.each<[string, string[]]>([
    [
      '{% for i in order.items %}{{ i.sku }}{{ i.skuu }}{% endfor %}{{ i }}',
      ['unknown_field 41', 'unknown_variable 65'],
    ],
    ['{% for i in order.items %}{{ forloop.index }}{{ forloop.foo }}{% endfor %}', ['unknown_field 49']],
    ['{% for i in order.items %}{% endfor %}{{ forloop.index }}', ['unknown_variable 42']],
    [
      '{% tablerow i in order.items cols: 2 %}{{ tablerowloop.col }}{{ i.zz }}{% endtablerow %}',
      ['unknown_field 65'],
    ],
    ['{% for p in open %}{{ p[0] }}: {{ p[1].x }}{% endfor %}', []],
    ['{% for i in order.items %}{% else %}{{ i }}{% endfor %}', ['unknown_variable 40']],
    ['{% assign y = order.items | first %}{{ y.sku }}{{ y.zz }}', ['unknown_field 51']],
    ['{% capture c %}x{% endcapture %}{{ c }}{{ c.size }}{{ c.zz }}', ['unknown_field 55']],
    ['{% increment k %}{{ k }}{% decrement j %}{{ j }}', []],
    ["{{ order.items | map: 'sku' | join }}", []],
    ["{{ order.items | map: 'skuu' | join }}", ['unknown_field 23']],
    ["{{ order.items | where: 'skuu', 'a' | size }}", ['unknown_field 25']],
    ["{{ order.items | sort: 'skuu' | size }}{{ order.items | sum: 'price' }}", ['unknown_field 24']],
    [
      "{% assign b = order.items | where: 'price', 3 %}{% for i in b %}{{ i.sku }}{{ i.zz }}{% endfor %}",
      ['unknown_field 79'],
    ],
    ["{{ order.items | where_exp: 'i', 'i.price > 3' | size }}", []],
    ["{{ order.items | where_exp: 'i', 'i.prce > nn' | size }}", ['unknown_field 18', 'unknown_variable 18']],
    ["{% assign s = name | split: ',' %}{% for p in s %}{{ p }}{{ p.x }}{% endfor %}", ['unknown_field 61']],
    ['{% liquid\n assign q = 1\n echo q\n echo qq\n%}', ['unknown_variable 7']],
  ])('%s', (template, expected) => expect(found(template)).toEqual(expected));

  it('knows the fields of a group, and of the items in it', () => {
    const template =
      "{% assign g = order.items | group_by: 'price' %}{% for x in g %}{{ x.name }}{% for i in x.items %}{{ i.sku }}{{ i.zz }}{% endfor %}{{ x.foo }}{% endfor %}";
    expect(messages(analyseContent(text(template))).slice(0, 2)).toEqual([
      '`i` has no field `zz`.',
      '`x` has no field `foo`.',
    ]);
  });
});

describe('a value that may be null and is printed without if or default is a warning', () => {
  it.each<[string, string[]]>([
    ['{{ note }}', ['possibly_null 4']],
    ['{{ note | upcase }}', ['possibly_null 4']],
    ['{{ tone }}', []],
    ['{{ note | default: "x" }}{{ note | json }}', []],
    ['{{ note | default: n }}', ['possibly_null 4']],
    ['{% if note %}{{ note }}{% endif %}{{ note }}', ['possibly_null 38']],
    ['{% if note %}{% else %}{{ note }}{% endif %}', ['possibly_null 27']],
    ['{% unless note %}{% else %}{{ note }}{% endunless %}', []],
    ['{% if note == nil %}{% else %}{{ note }}{% endif %}', []],
    ['{% if note == nil %}{% elsif n == nil %}{{ note }}{% else %}{{ note }}{{ n }}{% endif %}', []],
    ['{% if note != blank and n > 0 %}{{ note }}{{ n }}{% endif %}', []],
    ['{% if note or n %}{{ n }}{% endif %}', ['possibly_null 22']],
    ['{% if note != "" %}{{ note }}{% endif %}', ['possibly_null 23']],
    ['{% if n >= 0 %}{{ n }}{% endif %}', ['possibly_null 19']],
    ['{% if n < 5 %}{{ n }}{% endif %}', ['possibly_null 18']],
    ['{% if note.size > 0 %}{{ note }}{% endif %}', []],
    ['{% if not note %}{% else %}{{ note }}{% endif %}', []],
    ['{% if note contains "a" %}{{ note }}{% endif %}', []],
    ["{% case note %}{% when 'a' %}{{ note }}{% else %}{{ note }}{% endcase %}", ['possibly_null 53']],
    ['{{ order.memo }}{% if order.memo %}{{ order.memo }}{% endif %}', ['possibly_null 4']],
    [
      '{% for i in order.items %}{{ i.cat }}{% if i.cat %}{{ i.cat }}{% endif %}{% endfor %}',
      ['possibly_null 30'],
    ],
    ['{% assign y = note %}{{ y }}', ['possibly_null 25']],
    ['{% if note %}{% assign note = n %}{{ note }}{% endif %}', ['possibly_null 38']],
    ['{% capture c %}{{ note }}{% endcapture %}{{ c }}', ['possibly_null 19']],
    ['{% for t in tags %}{{ t }}{{ tags }}{% endfor %}', []],
    ['{{ nil }}', []],
    [
      "{% assign f = order.items | find: 'sku', 'a' %}{{ f.sku }}{% if f %}{{ f.sku }}{% endif %}",
      ['possibly_null 51'],
    ],
  ])('%s', (template, expected) => expect(found(template)).toEqual(expected));

  it('a range guards nothing: its bound counts as 0 when null', () => {
    expect(found('{% for i in (1..n) %}{{ n }}{{ i }}{% endfor %}')).toEqual([
      'possibly_null 17',
      'possibly_null 25',
    ]);
    expect(found('{% if n %}{% for i in (1..n) %}{{ n }}{% endfor %}{% endif %}')).toEqual([]);
  });

  it('a name that is set on some ways only is a warning where it is printed', () => {
    expect(
      found("{% if name == 'a' %}{% assign x = 1 %}{% endif %}{{ x }}{% if x %}{{ x }}{% endif %}"),
    ).toEqual(['maybe_unset 53']);
    expect(
      found("{% if name == 'a' %}{% assign x = 1 %}{% else %}{% assign x = 2 %}{% endif %}{{ x }}"),
    ).toEqual([]);
    expect(found('{% for i in order.items %}{% assign x = i.sku %}{% endfor %}{{ x }}')).toEqual([
      'maybe_unset 64',
    ]);
    expect(
      found('{% for i in rows %}{% if prev %}{{ prev }}{% endif %}{% assign prev = i %}{% endfor %}'),
    ).toEqual([]);
  });
});

it('tells the place and a near name', () => {
  expect(analyseContent(text('Hello\n  {{ nmae }}', [required('name', { type: 'string' })]))).toEqual([
    {
      rule: 'template.unknown_variable',
      severity: 'error',
      message: 'There is no parameter `nmae`. Did you mean `name`? Otherwise add it to the parameters.',
      place: { part: 'template', line: 2, column: 6 },
    },
    {
      rule: 'parameter.unused',
      severity: 'warning',
      message: '`name` is never used. Use it in the template, or remove it.',
      place: { part: 'parameter', path: 'name' },
    },
  ]);
});

it('a chat is judged message by message, and its placeholders count as use', () => {
  const problems = analyseContent({
    kind: 'chat',
    messages: [
      { role: 'system', content: '{{ name }}' },
      { placeholder: 'history' },
      { placeholder: 'name' },
      { role: 'user', content: '{{ x }}' },
    ],
    parameters: [required('name', { type: 'string' }), required('history', { type: 'messages' })],
    config: '{}',
  });
  expect(problems.map(({ rule, severity, place }) => [rule, severity, place.message])).toEqual([
    ['placeholder.not_messages', 'error', 2],
    ['template.unknown_variable', 'error', 3],
  ]);
});

it('a template that cannot be parsed is one syntax problem and calls no parameter unused', () => {
  expect(
    analyseContent(text('a\n{{ name')).map(({ rule, severity, place }) => [rule, severity, place.line]),
  ).toEqual([['template.syntax', 'syntax', 2]]);
});

it('finds the variables of a pasted template with the type their use suggests', () => {
  const template =
    "Hi {{ shop }} {{ question }}{% for i in items %}{{ i.x }}{% endfor %}{{ user.name }}{{ l | join: ',' }}{{ s.size }}{% assign z = a %}{{ z }}{% render 'x', v: w %}{% increment k %}{{ first[0] }}";
  expect(findVariables(template).map(({ name, type }) => `${name} ${type}`)).toEqual([
    'shop string', 'question string', 'items list', 'user object', 'l list', 's string', 'a string', 'w string', 'first list',
  ]); // prettier-ignore
  expect(findVariables('{{ broken')).toEqual([]);
});

it('declares the fields of a variable that is only read by its fields, so that sample values fill them', () => {
  const template =
    '{{ order.number }} {{ order.buyer.name }} {% for i in order.items %}{{ i.x }}{% endfor %}';
  expect(findVariables(template)).toEqual([
    {
      name: 'order',
      type: 'object',
      fields: [
        { name: 'number', type: 'string' },
        { name: 'buyer', type: 'object', fields: [{ name: 'name', type: 'string' }] },
        { name: 'items', type: 'list', items: { type: 'object', fields: [{ name: 'x', type: 'string' }] } },
      ],
    },
  ]);
});

it('follows values through assign, loops and filters to the fields that are read', () => {
  const template =
    "{% assign p = o %}{{ p.a }}{% for row in o.rows %}{% for cell in row.cells %}{{ cell.t }}{% endfor %}{% endfor %}{{ o.tags | map: 'x' | join: ',' }}{% assign big = o.sizes | where: 'on' %}{{ big.first.w }}{{ names[2] }}";
  const string = (...names: string[]) => names.map((name) => ({ name, type: 'string' }));
  const list = (name: string, items: object) => ({ name, type: 'list', items });
  const object = (fields: object[]) => ({ type: 'object', fields });
  expect(findVariables(template)).toEqual([
    {
      name: 'o',
      ...object([
        ...string('a'),
        list('rows', object([list('cells', object(string('t')))])),
        list('tags', object(string('x'))),
        list('sizes', object(string('on', 'w'))),
      ]),
    },
    list('names', { type: 'string' }),
  ]);
});

it.each(['{{ o.a }}{{ o | json }}', "{{ o['a b'] }}{{ o.c }}", '{{ o[key] }}'])(
  'leaves a variable open that may have other fields: %s',
  (template) => {
    const [found] = findVariables(template).filter(({ name }) => name === 'o');
    expect(found).toEqual({ name: 'o', type: 'object' });
  },
);

it('tells the first hundred problems of a template that is wrong everywhere', () => {
  const template = Array.from({ length: 1_900 }, (_, i) => `{{ a${i} }}\n`).join('');
  expect(analyseContent(text(template, []))).toHaveLength(100);
});

it('paths thousands deep are a problem, not a crash', () => {
  const deep = `{{ a${'[a'.repeat(3_000)}${']'.repeat(3_000)} }}`;
  const long = `{% if a${'.b'.repeat(100_000)} %}{% endif %}`;
  const parameters = [required('a', { type: 'object' })];
  expect(analyseContent(text(deep, parameters)).map(({ rule }) => rule)).toContain('template.too_deep');
  expect(analyseContent(text(long, parameters))).toEqual([]);
});
