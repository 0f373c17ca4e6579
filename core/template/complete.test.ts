import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseTemplate } from './parse.ts';
import { renderContent } from './render.ts';

function problem(source: string): string {
  const parsed = parseTemplate(source);
  return parsed.ok ? 'ok' : `${parsed.problem.rule}@${parsed.problem.place.column}`;
}

it.each([
  ['{{ l[n - 1] }}', 'template.brackets@8'],
  ['{{ l[1:3] }}', 'template.brackets@7'],
  ['{{ l[n == 1] }}', 'template.brackets@8'],
  ['{{ l["a" "b"] }}', 'template.brackets@10'],
  ['{{ l[] }}', 'template.brackets@6'],
  ['{{ a.b["c"][d[e f]] }}', 'template.brackets@17'],
  ['{% for x in l[n + 1] %}{% endfor %}', 'template.brackets@17'],
  ['{% for x in l limit: l[n + 1] %}{% endfor %}', 'template.brackets@26'],
  ['{% for x in (1..l[n + 1]) %}{% endfor %}', 'template.brackets@21'],
  ['{% if a == l[n + 1] %}{% endif %}', 'template.brackets@16'],
  ['{% case l[n + 1] %}{% when 1 %}{% endcase %}', 'template.brackets@13'],
  ['{% case a %}{% when l[n + 1] %}{% endcase %}', 'template.brackets@25'],
  ['{% cycle l[n + 1]: 1, 2 %}', 'template.brackets@14'],
  ['{% cycle 1, l[n + 1] %}', 'template.brackets@17'],
  ["{% render 's', a: l[n + 1] %}", 'template.brackets@23'],
  ['{{ a | append: l[n + 1] }}', 'template.brackets@20'],
  ['{{ a | default: b, allow_false: l[n + 1] }}', 'template.brackets@37'],
  ['{{ a. }}', 'template.syntax@5'],
  ['{{ l[a. ] }}', 'template.syntax@7'],
  ['{{ .a }}', 'template.syntax@4'],
  ['{% assign x = "abc %}', 'template.syntax@15'],
  ['{% capture a b %}{% endcapture %}', 'template.syntax@14'],
  ['{% increment a b %}', 'template.syntax@16'],
  ['{% case a %}{% when 1 2 %}{% endcase %}', 'template.syntax@22'],
  ['{% case a %}{% when 1 and 2 %}{% endcase %}', 'template.syntax@22'],
  ['{% for x in l limit %}{% endfor %}', 'template.syntax@1'],
  ['{% tablerow x in l reversed %}{% endtablerow %}', 'template.syntax@1'],
  ['{{ 12345678901234567890 }}', 'template.inexact_number@4'],
  ['{{ a | plus: 0.1234567890123456789 }}', 'template.inexact_number@14'],
])('%s is refused where LiquidJS would skip a part', (source, expected) =>
  expect(problem(source)).toBe(expected),
);

it.each([
  '{{ l[0] }}{{ l[-1] }}{{ l[ n ] }}{{ l["a]b"] }}{{ l[\'a\'].b[c.d[e]][0] }}{{ l[\n0 ] }}',
  '{% case a %}{% when 1 or 2, "3" %}{% when l[0] -%}{% endcase %}',
  '{% liquid\ncase a\nwhen 1, 2\necho l[n]\nendcase %}',
  '{% for x in l[0] limit: 2 offset: continue reversed %}{% endfor %}{% tablerow x in l cols: 2, limit: n %}{% endtablerow %}',
  '{% capture "a b" %}{% endcapture %}{{ 0.1 }}{{ -5 }}{{ "a" }}{{ (1..n) }}',
])('%s is accepted', (source) => expect(problem(source)).toBe('ok'));

it('an index is the value that stands in the brackets, or the template is refused', () => {
  const inside = fc.array(fc.constantFrom('0', '1', 'n', '"x"', '-', '+', ' ', ':', '|', '==', '.', 'o.i'), {
    maxLength: 4,
  });
  const values = { l: ['a', 'b', 'c'], n: 2, o: { i: 1 } };
  const at = (index: string) => {
    if (index === 'n') return 'c';
    return index === 'o.i' ? 'b' : values.l.at(Number(index));
  };
  fc.assert(
    fc.property(inside, (parts) => {
      const index = parts.join('');
      const template = `{{ l[${index}] }}`;
      if (!parseTemplate(template).ok) return;
      const result = renderContent({
        content: { kind: 'text', template, parameters: [], config: '{}' },
        values,
      });
      if (!result.ok || !('text' in result.output)) return;
      expect([index, result.output.text]).toEqual([index, at(index.trim())]);
    }),
    { numRuns: 3_000 },
  );
});

it('filters of lists give null for null, and others follow LiquidJS', () => {
  const print = (expression: string) => {
    const template = `{{ ${expression} }}`;
    const content = { kind: 'text' as const, template, parameters: [], config: '{}' };
    const result = renderContent({ content, values: { x: null, l: [1] } });
    return result.ok && 'text' in result.output ? result.output.text : result;
  };
  for (const filter of [
    ...['sort', 'sort_natural', 'reverse', 'uniq', 'compact', 'pop', 'shift', 'first', 'last', 'slice: 0'],
    ...["map: 'a'", "where: 'a'", "reject: 'a'", "group_by: 'a'", "where_exp: 'i', 'i.a'"],
    ...["reject_exp: 'i', 'i.a'", "group_by_exp: 'i', 'i.a'"],
  ]) {
    expect([filter, print(`x | ${filter}`)]).toEqual([filter, '']);
    expect([filter, print(`x | ${filter} | default: 'none'`)]).toEqual([filter, 'none']);
  }
  expect(['x | concat: l', 'x | push: 2', 'x | size', 'x | join', 'x | plus: 1'].map(print)).toEqual([
    ...['[1]', '[2]', '0', '', '1'],
  ]);
  expect(print("'2020-06-15' | date: '%#B %^B %#p'")).toBe('JUNE JUNE am');
});
