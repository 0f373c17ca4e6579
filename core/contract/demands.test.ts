import { describe, expect, it } from 'vitest';
import type { Parameter, PromptContent } from '../prompt.ts';
import { compareDemands, demandChanges } from './demands.ts';

const PARAMETERS: Parameter[] = [
  { name: 'l', type: 'list', required: true, items: { type: 'string' } },
  { name: 'rows', type: 'list', required: true },
  { name: 'o', type: 'object', required: true },
  { name: 'n', type: 'string', required: false, default: 'a,b' },
  { name: 'e', type: 'string', required: true, enum: ['x', 'y'] },
  {
    name: 'd', type: 'object', required: true, fields: [
      { name: 'a', type: 'string', required: true },
      { name: 'b', type: 'string', required: false },
    ],
  },
]; // prettier-ignore

function text(template: string, parameters = PARAMETERS): PromptContent {
  return { kind: 'text', template, parameters, config: '{}' };
}
function sentences(
  before: PromptContent,
  after: PromptContent,
  partials: { before?: Record<string, PromptContent>; after?: Record<string, PromptContent> } = {},
): string[] {
  const demands = compareDemands(
    { content: before, partials: partials.before ?? {} },
    { content: after, partials: partials.after ?? partials.before ?? {} },
  );
  return demands
    ? demandChanges('p', demands).map(({ level, sentence }) => `${level}: ${sentence}`)
    : ['not judged'];
}
function opened(name: string): Parameter[] {
  return PARAMETERS.map(({ fields, ...one }) =>
    one.name === name ? one : { ...one, ...(fields ? { fields } : {}) },
  );
}

describe('a template that reads what the contract does not promise is major', () => {
  it.each<[string, string, string]>([
    ["{{ l | join: ',' }}", '{{ l[0] }}', '`l` is empty'],
    ['{{ l }}', '{{ l.first }}', '`l` is empty'],
    ['{{ l.first }}', '{{ l[1] }}', '`l` has fewer than 2 items'],
    ['{{ l }}', '{{ l | last }}', '`l` is empty'],
    ['{{ o.a }}', '{{ o.a }}{{ o.b }}', '`o.b` is missing'],
    ['{{ o.a }}', '{{ o.a.c }}', '`o.a.c` is missing'],
    ['{% for x in rows %}{{ x.a }}{% endfor %}', '{% for x in rows %}{{ x.b }}{% endfor %}', '`rows[].b` is missing'],
    ['{{ rows.size }}', "{{ rows | map: 'a' }}", '`rows[].a` is missing'],
    ['{{ rows.size }}', "{{ rows | where_exp: 'i', 'i.a == 1' | size }}", '`rows[].a` is missing'],
    ['{{ n }}', "{{ n | split: ',' | first }}", 'a list is empty'],
    ['{{ n }}', "{% if n == 'x' %}{% assign x = 1 %}{% endif %}{{ x }}", "`x` isn't set"],
    ['{% if o.b %}{{ o.b }}{% endif %}', '{{ o.b }}', '`o.b` is missing'],
    ["{% if n == 'a' %}{{ o.b }}{% endif %}", "{% if n == 'b' %}{{ o.b }}{% endif %}", '`o.b` is missing'],
    ['{% for x in l %}{{ o.b }}{% endfor %}', '{{ o.b }}', '`o.b` is missing'],
    ['{% for x in rows limit:1 %}{{ x.a }}{% endfor %}', '{% for x in rows %}{{ x.a }}{% endfor %}', '`rows[].a` is missing'],
    [
      '{% for x in rows %}{% if x.stop %}{% break %}{% endif %}{{ x.a }}{% endfor %}',
      '{% for x in rows %}{{ x.a }}{% endfor %}',
      '`rows[].a` is missing',
    ],
    // A limit or an offset leaves no item of a list that has some.
    ['{% for x in l offset:5 %}{{ o.b }}{% endfor %}', '{% for x in l %}{{ o.b }}{% endfor %}', '`o.b` is missing'],
    ['{% for x in l limit:0 %}{% else %}{{ o.b }}{% endfor %}', '{% for x in l %}{% else %}{{ o.b }}{% endfor %}', '`o.b` is missing'],
    ['{% for x in l %}{% else %}{{ o.b }}{% endfor %}', '{% for x in l offset:5 %}{% else %}{{ o.b }}{% endfor %}', '`o.b` is missing'],
    // A demand under one test says nothing of the calls that don't pass it.
    ["{% if n == 'a' %}{{ l[0].x }}{% endif %}", '{{ o.b }}', '`o.b` is missing'],
    ['{{ o.a }}', "{% if o.a == 'x' %}{% else %}{{ o.b }}{% endif %}", '`o.b` is missing'],
    ['{{ o.a }}', "{% if o.a == 'x' %}{% elsif o.a == 'y' %}{{ o.b }}{% endif %}", '`o.b` is missing'],
    ["{% if o.a == false %}{{ o.a }}{{ o.b }}{% endif %}", "{% if o.a %}{{ o.b }}{% endif %}", '`o.b` is missing'],
  ])('%s → %s', (before, after, when) => {
    expect(sentences(text(before), text(after))).toContain(`major: \`p\` now fails when ${when}.`);
  }); // prettier-ignore
});

describe('a guard, a default or the same read as before keeps the change a patch', () => {
  it.each<[string, string]>([
    ['{{ l }}', '{% if l.size > 0 %}{{ l[0] }}{% endif %}'],
    ['{{ l }}', '{% if l != empty %}{{ l.first }}{% endif %}'],
    ['{{ l }}', '{% if l == empty %}{% else %}{{ l | first }}{% endif %}'],
    ['{{ l }}', "{{ l[0] | default: 'x' }}"],
    ['{{ l }}', '{% for x in l %}{{ l.last }}{% endfor %}'],
    ['{{ l.first }}', '{{ l | last }}'],
    ['{{ o.a }}', '{% if o.b %}{{ o.b }}{% endif %}{{ o.a }}'],
    ['{{ o.a }}', "{{ o.a }}{{ o.b | default: 'x' }}"],
    ['{{ o.a }}', "{{ o.a }}{% if o.b != nil and n == 'x' %}{{ o.b }}{% endif %}"],
    ['{{ o.a }}', "{% assign x = o.a %}{% if n == 'x' %}{{ x }}{% endif %}{{ x }}"],
    ["{% if n == 'a' %}{{ o.b }}{% endif %}", "{% if n == 'a' and d.b %}{{ o.b }}{% endif %}"],
    ['{% for x in rows %}{{ x.a }}{% endfor %}', '{% for row in rows %}- {{ row.a }}{% endfor %}'],
    ['{{ d.a }}', '{{ d.a }}{{ d.b }}'],
    ['{{ n }}', "{% if n == 'a' %}{% assign x = 1 %}{% else %}{% assign x = 2 %}{% endif %}{{ x }}"],
    // Tests that hold in each call, or in none.
    ['{{ l }}', '{% if l %}{% assign x = 1 %}{% endif %}{{ x }}'],
    ['{{ l }}', "{% if d.a == nil %}{{ o.b }}{% endif %}{% if l == 'x' %}{{ o.b }}{% endif %}"],
    ['{{ e }}', "{% if e == 'z' %}{{ o.b }}{% endif %}{% case e %}{% when 'z' %}{{ o.b }}{% endcase %}"],
    ['{{ o.a }}', '{% for x in o.a %}{% unless o.a %}{{ o.b }}{% endunless %}{% endfor %}'],
    ['{{ o.a }}', '{% if o.a %}{% else %}{% if o.a %}{{ o.b }}{% endif %}{% endif %}'],
    // A test that implies another one.
    ["{% if o.a %}{{ o.b }}{% endif %}", "{% if o.a == 'x' %}{{ o.b }}{% endif %}"],
    ["{% if o.a %}{{ o.b }}{% endif %}", "{% if o.a contains 'x' %}{{ o.b }}{% endif %}"],
    ['{% for x in l %}{{ o.b }}{% endfor %}', '{% for x in l limit:2 %}{{ o.b }}{% endfor %}'],
    // Unconditional demands of the old content are facts in the new one.
    ['{{ l[0] }}', '{% for x in l %}{% assign y = x %}{% endfor %}{{ y }}{{ l[0] }}'],
    ['{{ l[0] }}', '{% for x in l %}{% else %}{{ o.b }}{% endfor %}'],
    ['{{ l[1] }}', '{% if l.size < 2 %}{{ o.b }}{% endif %}{% if l == empty %}{{ o.b }}{% endif %}'],
    ["{{ o.a }}{% assign x = o.a | split: ',' | first %}{{ x }}", "{% assign x = o.a | split: ',' | first %}{{ x }}{{ o.a }}"],
    // No call rendered that passes the tests of a demand that can't be met.
    ["{% if n == 'a' %}{{ d.a.x }}{% endif %}", "{% if n == 'a' %}{{ o.b }}{% endif %}"],
    ['{% for x in l %}{% assign s = x %}{% endfor %}', "{% assign s = '' %}{% for x in l %}{% assign s = s | append: x %}{% endfor %}{{ s }}"],
  ])('%s → %s', (before, after) => {
    expect(sentences(text(before), text(after)).filter((one) => one.startsWith('major'))).toEqual([]);
  }); // prettier-ignore
});

it('a demand that is gone is a patch', () => {
  expect(sentences(text('{{ o.a }}{{ o.b }}'), text('{{ o.a }}'))).toEqual([
    'patch: `p` no longer fails when `o.b` is missing.',
  ]);
});

it('an object that is opened no longer gives its optional fields', () => {
  expect(sentences(text('{{ d.a }}{{ d.b }}'), text('{{ d.a }}{{ d.b }}', opened('d')))).toEqual([
    'major: `p` now fails when `d.b` is missing.',
  ]);
  expect(sentences(text('{{ d.a }}'), text('{{ d.a }}{{ d.zz }}', opened('d')))).toContain(
    'major: `p` now fails when `d.zz` is missing.',
  );
});

it('a default that a template needs is part of the comparison', () => {
  const withDefault = (value: string | null): Parameter[] => [
    { name: 'n', type: 'string', required: false, default: value },
  ];
  const template = "{% if n == 'a' %}x{% else %}{{ o.b }}{% endif %}";
  const before = text(template, [...withDefault('a'), ...PARAMETERS.filter(({ name }) => name === 'o')]);
  const after = text(template, [...withDefault(null), ...PARAMETERS.filter(({ name }) => name === 'o')]);
  expect(sentences(before, after)).toContain('major: `p` now fails when `o.b` is missing.');
});

it('a list of messages that becomes a list is read like one', () => {
  const parameters = (type: 'messages' | 'list'): Parameter[] => [{ name: 'h', type, required: true }];
  const before: PromptContent = {
    ...{ kind: 'chat', messages: [{ role: 'user', content: 'Hi' }], config: '{}' },
    parameters: parameters('messages'),
  };
  const after = (content: string): PromptContent => ({
    ...{ kind: 'chat', messages: [{ role: 'user', content }], config: '{}' },
    parameters: parameters('list'),
  });
  expect(sentences(before, after('{{ h.size }}{% for x in h %}{{ x | json }}{% endfor %}'))).toEqual([]);
  expect(sentences(before, after('{{ h[0] | json }}'))).toEqual(['major: `p` now fails when `h` is empty.']);
});

it('messages are not set in a template', () => {
  const parameters: Parameter[] = [{ name: 'h', type: 'messages', required: true }];
  expect(sentences(text('Hi', parameters), text('{{ h.size }}', parameters))).toEqual([
    "major: `p` now fails when `h` isn't set.",
  ]);
});

it('a rendered prompt is judged where it is rendered', () => {
  const tone = (template: string) => ({
    tone: text(template, [{ name: 'x', type: 'object', required: true }]),
  });
  const content = text("{% render 'tone', x: o %}");
  const partials = { before: tone('{{ x.a }}'), after: tone('{{ x.a }}{{ x.b }}') };
  expect(sentences(content, content, partials)).toEqual(['major: `p` now fails when `o.b` is missing.']);
  expect(sentences(content, text("{% render 'tone', x: o.c %}"), { before: tone('{{ x }}') })).toEqual([
    'major: `p` now fails when `o.c` is missing.',
    "major: `p` now fails when `o.c` doesn't fit `x` of `tone`.",
  ]);
});

it('a template that is too large to be judged is not judged', () => {
  const nested = `${'{% for a in l %}{% assign b = a %}'.repeat(30)}${'{% endfor %}'.repeat(30)}`;
  expect(sentences(text(nested), text(`${nested}x`))).toEqual(['not judged']);
});
