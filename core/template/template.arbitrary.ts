/** Random templates that read paths of objects and lists in the ways that prompts do. For tests. */
import fc from 'fast-check';

const FIELDS = ['name', 'number', 'price', 'due_date'];
const field = fc.constantFrom(...FIELDS);
const WORDS = fc.constantFrom('Dear ', 'and ', 'don’t ', '{} ', '% ', '\n- ', '“quoted” ', "'single' ");
const TEXT_FILTERS = fc.constantFrom(
  '',
  ' | upcase',
  ' | strip',
  " | default: 'none'",
  ' | json',
  ' | size',
  " | append: '!'",
);

/** Names are used for one kind of value each: texts, objects and lists. */
const text = fc.constantFrom('tone', 'shop', 'question');
const object = fc.constantFrom('order', 'customer', 'order.buyer', 'customer.address');
const list = fc.constantFrom('rows', 'order.items', 'customer.orders');

const print = fc
  .tuple(
    fc.oneof(
      text,
      fc.tuple(object, field).map(([o, f]) => `${o}.${f}`),
    ),
    TEXT_FILTERS,
  )
  .map(([value, filter]) => `{{ ${value}${filter} }}`);
const index = fc
  .tuple(list, fc.constantFrom('[0]', '[2]', '.first', '.last'), field)
  .map(([l, place, f]) => `{{ ${l}${place}.${f} }}`);
const loop = fc
  .tuple(list, field, field, TEXT_FILTERS, fc.boolean())
  .map(([l, f, tested, filter, guarded]) => {
    const body = `{{ item.${f}${filter} }}{{ forloop.index }}`;
    return `{% for item in ${l} %}${guarded ? `{% if item.${tested} %}${body}{% endif %}` : body}{% endfor %}`;
  });
const nested = fc
  .tuple(list, field, field)
  .map(
    ([l, f, g]) =>
      `{% for a in ${l} %}{% for b in a.parts %}{{ b.${f} }}{{ a.${g} }}{% endfor %}{% endfor %}`,
  );
const alias = fc
  .tuple(object, field, fc.nat(9))
  .map(([o, f, n]) => `{% assign v${n} = ${o} %}{{ v${n}.${f} }}`);
const mapped = fc.tuple(list, field).map(([l, f]) => `{{ ${l} | map: '${f}' | join: ', ' }}`);
const chosen = fc
  .tuple(list, field, field, fc.nat(9))
  .map(
    ([l, f, g, n]) => `{% assign w${n} = ${l} | where: '${f}' %}{% for x in w${n} %}{{ x.${g} }}{% endfor %}`,
  );
const choice = fc
  .tuple(object, field, print, print)
  .map(([o, f, yes, no]) => `{% if ${o}.${f} == 'x' %}${yes}{% else %}${no}{% endif %}`);
const captured = print.map((value) => `{% capture c %}${value}{% endcapture %}{{ c }}`);

export const templateArbitrary: fc.Arbitrary<string> = fc
  .array(fc.oneof(WORDS, print, print, index, loop, nested, alias, mapped, chosen, choice, captured), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => parts.join(' '));
