import { describe, expect, it } from 'vitest';
import type { JsonObject, Parameter, PromptContent } from '../prompt.ts';
import { parseTemplate } from './parse.ts';
import { isPlain } from './plain.ts';
import { renderContent } from './render.ts';

function text(template: string, parameters: Parameter[] = []): PromptContent {
  return { kind: 'text', template, parameters, config: '{}' };
}
function render(
  template: string,
  values: JsonObject = {},
  partials: Record<string, PromptContent> = {},
): string {
  const result = renderContent({ content: text(template), values, partials });
  if (result.ok) return 'text' in result.output ? result.output.text : JSON.stringify(result.output.messages);
  const { prompt, line, column } = result.place;
  return `${result.reason} ${prompt ?? ''}${line === undefined ? '' : `:${line}:${column}`} ${result.message}`;
}

describe('undefined is an error with its place, never an empty text', () => {
  it.each<[string, JsonObject, string]>([
    [
      '{{ x }}',
      {},
      'render.undefined :1:4 `x` is undefined. Check it with `if`, give it a `default`, or pass it.',
    ],
    [
      'a\n {{ o.x.y }}',
      { o: {} },
      'render.undefined :2:5 `o.x` is undefined. Check it with `if`, give it a `default`, or pass it.',
    ],
    [
      "{{ l | map: 'x' | join }}",
      { l: [{ x: 1 }, {}] },
      'render.undefined :1:1 `x` is undefined. Check it with `if`, give it a `default`, or pass it.',
    ],
    [
      '{{ l | first }}',
      { l: [] },
      'render.undefined :1:1 The value to print here is undefined. Check it with `if`, or give it a `default`.',
    ],
    [
      '{% capture c %}{{ l | last }}{% endcapture %}',
      { l: [] },
      'render.undefined :1:16 The value to print here is undefined. Check it with `if`, or give it a `default`.',
    ],
    [
      '{{ constructor }}',
      {},
      'render.undefined :1:4 `constructor` is undefined. Check it with `if`, give it a `default`, or pass it.',
    ],
    [
      '{{ o.__proto__ }}',
      { o: {} },
      'render.undefined :1:4 `o.__proto__` is undefined. Check it with `if`, give it a `default`, or pass it.',
    ],
    [
      '{{ l | first | default: "none" }}{% if x %}{% else %}!{% endif %}{{ y | default: "d" }}',
      { l: [] },
      'none!d',
    ],
    ['[{{ n }}]', { n: null }, '[]'],
  ])('%s', (template, values, expected) => expect(render(template, values)).toBe(expected));
});

describe('objects and lists print as JSON, everywhere, and nothing is escaped', () => {
  it.each<[string, JsonObject, string]>([
    ['{{ a }} {{ b }}', { a: '<b> & "c"', b: { x: [1, null, 'é'] } }, '<b> & "c" {"x":[1,null,"é"]}'],
    ['{% capture c %}{{ l }}{% endcapture %}{{ c }}', { l: [1, [2]] }, '[1,[2]]'],
    ["{{ l | join: '; ' }}", { l: [{ a: 1 }, [2], 3, true] }, '{"a":1}; [2]; 3; true'],
    ["{{ o | append: l }}{{ 'x' | prepend: l }}", { o: { a: 1 }, l: [1] }, '{"a":1}[1][1]x'],
    ['{% cycle o, l %}', { o: { a: 1 }, l: [] }, '{"a":1}'],
    ['{{ l | array_to_sentence_string }}', { l: [{ a: 1 }, 2] }, '{"a":1} and 2'],
    ['{{ o | upcase }}', { o: { a: 'b' } }, '{"A":"B"}'],
  ])('%s', (template, values, expected) => expect(render(template, values)).toBe(expected));
});

describe('a rendered prompt sees its own parameters and nothing else', () => {
  const parts = {
    tone: text('<{{ mood }}|{{ size }}>', [
      { name: 'mood', type: 'string', required: true },
      { name: 'size', type: 'number', required: false, default: 7 },
    ]),
    peek: text('{{ secret }}'),
    deep: text('{{ o.a }}{{ o.b }}', [
      {
        name: 'o',
        type: 'object',
        required: true,
        fields: [
          { name: 'a', type: 'number', required: true },
          { name: 'b', type: 'string', required: false, default: 'B' },
        ],
      },
    ]),
    itself: text("{% render 'itself' %}"),
    chat: { kind: 'chat', messages: [], parameters: [], config: '{}' } satisfies PromptContent,
    broken: text('{{ x'),
    late: text('line\n {{ nope }}'),
    nested: text("{% render 'late' %}"),
  };
  it.each<[string, string]>([
    ["{% render 'tone', mood: m %}", '<calm|7>'],
    ["{% render 'tone', mood: m, size: 1 %}", '<calm|1>'],
    ["{% render 'deep', o: open %}", '1B'],
    ["{% render 'tone' %}", "render.arguments :1:1 `tone` can't be rendered: `mood` is missing."],
    [
      "x{% render 'peek' %}",
      'render.undefined peek:1:4 `secret` is undefined. Check it with `if`, give it a `default`, or pass it.',
    ],
    [
      "{% render 'itself' %}",
      'render.too_deep itself:1:1 Prompts render each other in a circle: itself → itself.',
    ],
    [
      "{% render 'chat' %}",
      'render.not_text :1:1 `chat` is a chat prompt; only text prompts can be rendered inside others.',
    ],
    ["{% render 'gone' %}", 'render.missing_prompt :1:1 There is no prompt `gone` in this set.'],
    ["{% render '__proto__' %}", 'render.missing_prompt :1:1 There is no prompt `__proto__` in this set.'],
    ["{% render 'broken' %}", 'render.syntax broken This `{{` is never closed: `}}` is missing.'],
    [
      "{% render 'nested' %}",
      'render.undefined late:2:5 `nope` is undefined. Check it with `if`, give it a `default`, or pass it.',
    ],
  ])('%s', (template, expected) => {
    expect(render(template, { m: 'calm', secret: 's', open: { a: 1, z: 2 } }, parts)).toBe(expected);
  });

  it('stops at five inside each other, whatever was checked before', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 7 }, (_, i) => [`p${i}`, text(i < 6 ? `{% render 'p${i + 1}' %}` : 'end')]),
    );
    expect(render("{% render 'p2' %}", {}, chain)).toBe('end');
    expect(render("{% render 'p1' %}", {}, chain)).toMatch(/^render\.too_deep/);
  });
});

it('prints a text that is no date unchanged, and says so once', () => {
  const template = "{{ when | date: '%Y' }} {{ when | date: '%Y' }} {{ day | date: '%Y' }}";
  const content = { kind: 'text' as const, template, parameters: [], config: '{}' };
  expect(renderContent({ content, values: { when: 'now', day: '2026-01-31' } })).toEqual({
    ok: true,
    output: { text: 'now now 2026' },
    warnings: [
      {
        rule: 'render.unreadable_date',
        path: '',
        message: "`now` can't be read as a date and is printed unchanged. Pass a date such as 2026-01-31.",
      },
    ],
  });
});

describe('a chat', () => {
  const chat: PromptContent = {
    kind: 'chat',
    messages: [
      { role: 'system', content: 'Be {{ mood }}.' },
      { placeholder: 'history' },
      { role: 'user', content: '{{ question }}' },
    ],
    parameters: [
      { name: 'mood', type: 'string', required: true },
      { name: 'question', type: 'string', required: true },
      { name: 'history', type: 'messages', required: false },
    ],
    config: '{}',
  };
  it("puts the caller's messages in untouched", () => {
    const history = [{ role: 'user', content: '{{ mood }}', name: 'x', parts: [1] }];
    expect(renderContent({ content: chat, values: { mood: 'kind', question: 'Why?', history } })).toEqual({
      ok: true,
      warnings: [],
      output: {
        messages: [{ role: 'system', content: 'Be kind.' }, ...history, { role: 'user', content: 'Why?' }],
      },
    });
    expect(
      renderContent({ content: chat, values: { mood: 'kind', question: 'Why?', history: null } }),
    ).toMatchObject({
      output: { messages: [{ role: 'system' }, { role: 'user' }] },
    });
  });
  it('tells the message in which something is wrong', () => {
    expect(renderContent({ content: chat, values: { mood: 'kind' } })).toMatchObject({
      ok: false,
      reason: 'render.undefined',
      place: { part: 'message', message: 2, line: 1, column: 4 },
    });
  });
  it('counts the output of all messages together', () => {
    const values = { mood: 'a'.repeat(60), question: 'é'.repeat(30) };
    expect(renderContent({ content: chat, values, outputLimit: 124 }).ok).toBe(true);
    expect(renderContent({ content: chat, values, outputLimit: 123 })).toMatchObject({
      reason: 'render.output_too_large',
      place: { message: 2 },
    });
  });
});

it('the output is counted in bytes as it grows, in captures too', () => {
  const limited = (template: string, outputLimit: number) =>
    renderContent({ content: text(template), values: { s: '😀é' }, outputLimit });
  expect(limited('{{ s }}', 6).ok).toBe(true);
  expect(limited('{{ s }}', 5)).toMatchObject({ reason: 'render.output_too_large' });
  expect(limited('{% capture c %}{{ s }}{% endcapture %}', 5)).toMatchObject({
    reason: 'render.output_too_large',
  });
  expect(render('{% for i in (1..100000) %}0123456789012{% endfor %}')).toMatch(/^render\.output_too_large/);
});

it('the output is well-formed Unicode without NUL, and the values are left as they were', () => {
  expect(render('{{ s | split: "" | join: "-" }}{{ "\\0" }}', { s: '😀' })).toBe('\ufffd-\ufffd\ufffd');
  const values = { n: 5, l: [2, 1] };
  expect(render('{% increment n %}{{ n }}{{ l | sort | reverse | join }}', values)).toBe('562 1');
  expect(values).toEqual({ n: 5, l: [2, 1] });
});

it.each([
  [
    'Hello {{ name }}, {{ order.total | round }} {{ note | default: "none" | upcase }}{% raw %}{{{% endraw %}',
    true,
  ],
  ['{{ a.b.c }}{{ 1 }}{{ "x" }}', true],
  ['{% if a %}b{% endif %}', false],
  ['{% for a in b %}{% endfor %}', false],
  ["{% render 'a' %}", false],
  ['{{ a | split: "" }}', false],
  ['{{ a | replace: b, c }}', false],
  ["{{ a | date: '%9999999d' }}", false],
  ['{{ (1..1000000) }}', false],
  ['{{ a.size }}', false],
  ['{{ a[b[c]] }}', false],
  ['{{ a == b }}', false],
  ['{{ a | upcase }}'.repeat(21), false],
])('%#: text and outputs alone are plain', (template, expected) => {
  const parsed = parseTemplate(template);
  expect(parsed.ok && isPlain(parsed.template)).toBe(expected);
});

// More than fits into the heap of a render thread, which V8 may answer by ending the whole process.
it.each(['concat: l', "map: 'x'", 'push: 1', 'reverse', 'slice: 0, 110000', "where: 'x', 1", 'uniq', 'pop'])(
  'lists of more than 4 million items, made by %s, are refused before they are made',
  (filter) => {
    const template = `{% for i in (1..40) %}{% assign m = l | ${filter} %}{% endfor %}`;
    const parameters: Parameter[] = [{ name: 'l', type: 'list', required: true }];
    const content: PromptContent = { kind: 'text', template, config: '{}', parameters };
    const l = Array.from({ length: 110_000 }, () => ({ x: 1 }));
    expect(renderContent({ content, values: { l }, partials: {} })).toMatchObject({
      ...{ ok: false, reason: 'render.memory' },
    });
  },
);
