import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Parameter, TextContent } from '../prompt.ts';
import { checkValues } from '../value.ts';
import { parseTemplate } from './parse.ts';
import { renderContent } from './render.ts';
import { sampleCall } from './sample-call.ts';
import { templateArbitrary } from './template.arbitrary.ts';
import { findVariables, type FoundShape, type FoundVariable } from './variables.ts';

const open = (name: string, type: Parameter['type']): Parameter => ({ name, type, required: true });
const text = (template: string, parameters: Parameter[]): TextContent => ({
  kind: 'text',
  template,
  parameters,
  config: '{}',
});

it('fills open objects and lists with what the template reads', () => {
  const content = text(
    '{{ order.number }}{% for i in order.items %}{{ i.name }}{% endfor %}{{ rows[1].id }}',
    [open('order', 'object'), open('rows', 'list')],
  );
  expect(sampleCall(content)).toEqual({
    order: { number: 'example number', items: [{ name: 'Ada' }] },
    rows: [{ id: 'example id' }, { id: 'example id' }],
  });
});

it.each<[string, Parameter[]]>([
  ['{{ o["weird key"] }}{{ o.a | map: "b" | join }}', [open('o', 'object')]],
  ['{{ a[i].n }}{{ a[j] }}', [open('a', 'list'), open('i', 'number'), { ...open('j', 'number'), enum: [4] }]],
  ['{{ o[k].n }}{{ o[l] }}', [open('o', 'object'), open('k', 'string'), { ...open('l', 'string'), enum: ['x'] }]],
  ['{% assign m = l | where: "on", true | first %}{{ m.id }}', [open('l', 'list')]],
  ['{% assign m = l | find: "n", 3 %}{{ m.id }}', [open('l', 'list')]],
  ['{% assign m = l | where: "state", "open" | last %}{{ m.id }}', [{ ...open('l', 'list'), items: { type: 'object', fields: [open('state', 'string'), open('id', 'string')] } }]],
  ['{{ o["__proto__"] | default: "x" }}', [open('o', 'object')]],
])('renders %s', (template, parameters) => {
  const content = text(template, parameters);
  const checked = checkValues(parameters, sampleCall(content), { strict: true });
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
  expect(renderContent({ content, values: checked.values })).toMatchObject({ ok: true });
}); // prettier-ignore

it.each<[string, Parameter[], Record<string, TextContent>]>([
  [
    '{% render "k", item: o.inner %}',
    [open('o', 'object')],
    {
      k: text('{{ item.deep.er }}{% for row in item.rows %}{{ row.id }}{% endfor %}', [
        open('item', 'object'),
      ]),
    },
  ],
  [
    '{% for i in list %}{% render "k", item: i %}{% endfor %}',
    [open('list', 'list')],
    {
      k: text('{% render "l", one: item.a %}', [open('item', 'object')]),
      l: text('{{ one.b }}', [open('one', 'object')]),
    },
  ],
  [
    '{% render "k", item: o.inner, many: o.many %}',
    [open('o', 'object')],
    {
      k: text('', [
        {
          ...open('item', 'object'),
          fields: [
            open('n', 'number'),
            open('b', 'boolean'),
            { ...open('in', 'object'), fields: [open('s', 'string')] },
          ],
        },
        { ...open('many', 'list'), items: { type: 'object', fields: [open('x', 'string')] } },
      ]),
    },
  ],
])('renders %s with the prompts that it renders', (template, parameters, partials) => {
  const content = text(template, parameters);
  const values = sampleCall(content, { partials: new Map(Object.entries(partials)) });
  const checked = checkValues(parameters, values, { strict: true });
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
  expect(renderContent({ content, values: checked.values, partials })).toMatchObject({ ok: true });
});

it('walks a thousand renders at most', () => {
  const often = (slug: string) => text(`{% render "${slug}", a: a.b %}`.repeat(30), [open('a', 'object')]);
  const partials = new Map([
    ['k', often('l')],
    ['l', often('k')],
  ]);
  let walked = 0;
  const parse = (template: string) => {
    walked += 1;
    return parseTemplate(template);
  };
  expect(sampleCall(often('k'), { partials, parse })).toMatchObject({ a: { b: { b: {} } } });
  expect(walked).toBe(1_001);
});

it('gives an optional value only when the template reads a part of it', () => {
  const optional = (name: string, type: Parameter['type']): Parameter => ({
    ...open(name, type),
    required: false,
  });
  const content = text('{{ a.b }}{{ c }}', [optional('a', 'object'), optional('c', 'string')]);
  expect(sampleCall(content)).toEqual({ a: { b: 'example b' } });
});

/** Parameters as "Add all" declares them, and as somebody who leaves them open does. */
function declared({ name, ...shape }: FoundVariable): Parameter {
  return { name, required: true, ...declaredShape(shape) };
}
function declaredShape({ type, fields, items }: FoundShape): Omit<Parameter, 'name' | 'required'> {
  return {
    type,
    ...(fields ? { fields: fields.map(declared) } : {}),
    ...(items ? { items: declaredShape(items) } : {}),
  };
}

it('property: a template renders strictly with its sample values', () => {
  fc.assert(
    fc.property(templateArbitrary, (template) => {
      const found = findVariables(template);
      for (const parameters of [found.map(declared), found.map(({ name, type }) => open(name, type))]) {
        const content = text(template, parameters);
        const checked = checkValues(parameters, sampleCall(content), { strict: true });
        expect(checked.ok).toBe(true);
        if (!checked.ok) return;
        expect(renderContent({ content, values: checked.values })).toMatchObject({ ok: true });
      }
    }),
    { numRuns: 3_000 },
  );
});
