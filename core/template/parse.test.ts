import fc from 'fast-check';
import { expect, it } from 'vitest';
import liquidPackage from 'liquidjs/package.json' with { type: 'json' };
import { TEMPLATE_LENGTH_MAX } from '../prompt.ts';
import { ENGINE } from './engine.ts';
import { parseTemplate } from './parse.ts';

function problem(source: string): string {
  const parsed = parseTemplate(source);
  if (parsed.ok) return 'ok';
  const { rule, message, place } = parsed.problem;
  return `${rule} ${place.line}:${place.column} ${message}`;
}

it.each([
  ['{{ a | currency }}', 'template.unknown_filter 1:8 There is no filter `currency`. Did you mean `round`?'],
  ['{{ a | upcas }}', 'template.unknown_filter 1:8 There is no filter `upcas`. Did you mean `upcase`?'],
  ['{% cycle a, b | foo %}', 'template.unknown_filter 1:17 There is no filter `foo`.'],
  ['{% liquid\n assign x = 1\n echo x | foo\n%}', 'template.unknown_filter 3:11 There is no filter `foo`.'],
  ['x\n {{ a', 'template.syntax 2:2 This `{{` is never closed: `}}` is missing.'],
  ['{% if a %}', 'template.syntax 1:1 `{% if %}` is never closed: add `{% endif %}`.'],
  ['ab {% endif %}', 'template.unknown_tag 1:4 `endif` has no `if` before it.'],
  ['{% fro x in y %}', 'template.unknown_tag 1:1 There is no tag `fro`. Did you mean `for`?'],
  [
    '{% include "x" %}',
    "template.unknown_tag 1:1 `include` isn't available here. Use `{% render 'slug', name: value %}` to include a prompt of the same set.",
  ],
  [
    '{{ a b }}',
    'template.syntax 1:6 Two values stand side by side here (before `b`); a filter begins with `|`, a name has no spaces.',
  ],
  ['{{ a and }}', 'template.syntax 1:6 A value is missing beside `and`.'],
  ['{{ }}', 'template.syntax 1:4 A value is missing here.'],
  [
    '{% for x in y | sort %}{% endfor %}',
    'template.syntax 1:15 A `for` takes no filters. Use `{% assign list = … | … %}` before it and loop over `list`.',
  ],
  [
    '{% render x %}',
    "render.dynamic_name 1:11 `render` needs the prompt's slug as text in quotes, such as `{% render 'tone' %}`; it can't come from a variable.",
  ],
  ["{% render 'a{{ b }}' %}", "render.dynamic_name 1:11 The slug of a `render` can't contain Liquid."],
  [
    "{% render 'a' with b %}",
    "render.arguments 1:15 `render` takes values by name. Write `{% render 'a', with: … %}`.",
  ],
  [
    "{{ a | where_exp: 'x', b }}",
    "template.syntax 1:8 `where_exp` takes a name and an expression, both in quotes, such as `where_exp: 'item', 'item.price > 10'`.",
  ],
  [
    "{{ a | where_exp: 'x', 'x |' | where_exp: 'x', 'x | nope' }}",
    'template.unknown_filter 1:32 There is no filter `nope`.',
  ],
  [
    '{{ a | sample }}',
    "template.unknown_filter 1:8 `sample` isn't available: a version has to render the same every time. Give the choice as a parameter.",
  ],
  [
    '{% if a %}'.repeat(51) + '{% endif %}'.repeat(51),
    'template.too_deep 1:501 Tags can stand inside each other 50 deep at most.',
  ],
])('%# is told at its place, in a sentence', (source, expected) => expect(problem(source)).toBe(expected));

it.each([
  'plain', '{{ a.b[0]["c"].size }}', '{%- if a -%}x{%- endif -%}', '{% raw %}{{ x {% endraw %}', '{% comment %}{{ x }}{% endcomment %}',
  "{% render 'a', b: 1, c: d.e %}", '{% for x in (1..n) reversed limit: 2 %}{% break %}{% endfor %}', '',
])('%s parses', (source) => expect(problem(source)).toBe('ok')); // prettier-ignore

it('thousands of nested tags and overlong templates are problems, not crashes', () => {
  const tooDeep = 'template.too_deep 1:501 Tags can stand inside each other 50 deep at most.';
  for (const depth of [51, 400, 1_000, 2_000]) expect(problem('{% if a %}'.repeat(depth))).toBe(tooDeep);
  for (const depth of [51, 400, 1_000])
    expect(problem('{% if a %}'.repeat(depth) + '{% endif %}'.repeat(depth))).toBe(tooDeep);
  expect(problem(`{% raw %}${'{% if a %}'.repeat(60)}{% endraw %}{% for x in y %}`)).toMatch(
    /`\{% for %\}` is never/,
  );
  expect(parseTemplate('x'.repeat(TEMPLATE_LENGTH_MAX)).ok).toBe(true);
  expect(parseTemplate('{{a}}'.repeat(2_000)).ok).toBe(true);
  expect(problem('{{a}}'.repeat(2_001))).toMatch(/^template\.too_many_tags .* this one has 2,001\.$/);
  expect(problem(`{% liquid\n${'echo a\n'.repeat(2_001)}%}`)).toMatch(/^template\.too_many_tags/);
  expect(problem('x'.repeat(TEMPLATE_LENGTH_MAX + 1))).toMatch(/^template\.too_long/);
});

it('any text parses or gives a problem with a place inside of it', () => {
  const pieces = fc.constantFrom(
    '{{',
    '}}',
    '{%',
    '%}',
    ' a ',
    '|',
    "'",
    '"',
    ':',
    'if ',
    'for x in y ',
    'endif',
    'render ',
    "'s' ",
    'raw',
    'endraw',
    '\n',
    '(1..',
    ')',
    '[',
    '.',
    '==',
    'liquid ',
    'case ',
    'when ',
    '-',
    '#',
    '\\',
    'é',
    '😀',
    ',',
    'upcase',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
      const source = parts.join('');
      const parsed = parseTemplate(source);
      if (parsed.ok) return;
      const { message, place } = parsed.problem;
      const line = source.split('\n')[(place.line ?? 0) - 1];
      expect(line).toBeDefined();
      expect(place.column).toBeLessThanOrEqual((line ?? '').length + 1);
      expect(message).toMatch(/[.?]$/);
    }),
    { numRuns: 10_000 },
  );
});

it('the recorded engine is the installed LiquidJS', () => {
  expect(ENGINE).toBe(`liquidjs@${liquidPackage.version}`);
});
