import { describe, expect, it, test } from 'vitest';
import { analyseContent } from './analyse.ts';
import { parseTemplate } from './parse.ts';

function message(source: string): string {
  const parsed = parseTemplate(source);
  return parsed.ok ? 'ok' : parsed.problem.message;
}

const KEEP = 'or keep it as text between `{% raw %}` and `{% endraw %}`.';

describe('another template language is named with the Liquid form', () => {
  it.each([
    ['{% if a %}{% elif b == 1 %}{% endif %}', `This is Jinja. Write \`{% elsif b == 1 %}\`, ${KEEP}`],
    ['{% if a %}{% else if b %}{% endif %}', `This is Jinja. Write \`{% elsif b %}\`, ${KEEP}`],
    ['{% set a = b + 1 %}', `This is Jinja. Write \`{% assign a = b + 1 %}\`, ${KEEP}`],
    ['{%- set a -%}x{% endset %}', `This is Jinja. Write \`{% capture a %}…{% endcapture %}\`, ${KEEP}`],
    ['{% liquid\n set a = 1\n%}', `This is Jinja. Write \`{% assign a = 1 %}\`, ${KEEP}`],
    ['{% for x in y if x.on %}{% endfor %}', `This is Jinja. Write \`{% for x in y %}{% if x.on %}…{% endif %}{% endfor %}\`, ${KEEP}`],
    ['{% if a is defined %}{% endif %}', `This is Jinja. Write \`{% if a %}\`, ${KEEP}`],
    ["{% if 'x' in list %}{% endif %}", `This is Jinja. Write \`{% if list contains 'x' %}\`, ${KEEP}`],
    ['{{ a if b else c }}', `This is Jinja. Write \`{% if b %}{{ a }}{% else %}{{ c }}{% endif %}\`, ${KEEP}`],
    ['{{ a ~ b }}', `This is Jinja. Write \`{{ a | append: b }}\`, ${KEEP}`],
    ['{{ a | join(", ") }}', 'A filter takes its arguments after a colon. Write `| join: ", "`.'],
    ['{{ f(x) }}', 'Liquid has no functions such as `f()`. Give the result as a parameter, or use a filter.'],
    ['{{ a + b }}', 'Liquid computes by filters. Write `a | plus: b`.'],
    ['{{{name}}}', `This is Mustache. Write \`{{ name }}\`, ${KEEP}`],
    ['{{#items}}x{{/items}}', `This is Mustache. Write \`{% if items %}…{% endif %}\` or \`{% for item in items %}…{% endfor %}\`, ${KEEP}`],
    ['{{^items}}x{{/items}}', `This is Mustache. Write \`{% unless items %}…{% endunless %}\`, ${KEEP}`],
    ['a {{/items}}', `This is Mustache. Write \`{% endif %}\` or \`{% endfor %}\`, ${KEEP}`],
    ['{{! note }}', `This is Mustache. Write \`{% comment %}…{% endcomment %}\`, ${KEEP}`],
    ['{{> tone}}', `This is Mustache. Write \`{% render 'tone' %}\`, ${KEEP}`],
    ['{{#each items}}{{this}}{{/each}}', `This is Handlebars. Write \`{% for item in items %}…{% endfor %}\`, ${KEEP}`],
    ['{{#if a}}x{{/if}}', `This is Handlebars. Write \`{% if a %}…{% endif %}\`, ${KEEP}`],
    ['{{#if (eq a b)}}x{{/if}}', `This is Handlebars. Write \`{% if … %}…{% endif %}\`, ${KEEP}`],
    ['{{#each (sort items)}}x{{/each}}', `This is Handlebars. Write \`{% for item in list %}…{% endfor %}\`, ${KEEP}`],
    ['{{lookup list key}}', `This is Handlebars. Write \`{{ list[key] }}\`, ${KEEP}`],
    ['{{@root.x}}', 'This is Handlebars. In Liquid there are no `@` variables. Keep it as text between `{% raw %}` and `{% endraw %}`.'],
    ['{% if a %}{% elif %}{% endif %}', `This is Jinja. Write \`{% elsif … %}\`, ${KEEP}`],
    ['{% for k, v in d.items() %}{% endfor %}', `This is Jinja. Write \`{% for pair in d %}{{ pair[0] }}: {{ pair[1] }}{% endfor %}\`, ${KEEP}`],
    ['{% for k, v in a.b %}{% endfor %}', `This is Jinja. Write \`{% for pair in a.b %}{{ pair[0] }}: {{ pair[1] }}{% endfor %}\`, ${KEEP}`],
    ['{{ a if b }}', `This is Jinja. Write \`{% if b %}{{ a }}{% endif %}\`, ${KEEP}`],
    ['{% if a and (b or c) %}{% endif %}', 'Liquid has no parentheses in conditions. Write one `if` inside another.'],
    ['{{ $name }}', "`$name` can't be the name of a parameter. Write `{{ name }}`."],
    ['{{/if}}', `This is Handlebars. Write \`{% endif %}\`, ${KEEP}`],
    ['{{ @index }}', `This is Handlebars. Write \`{{ forloop.index0 }}\`, ${KEEP}`],
    ['{{ "some": "thing" }}', "This isn't Liquid. Keep it as text between `{% raw %}` and `{% endraw %}`."],
    ['{% if a && b %}{% endif %}', "This isn't Liquid. Write `and` instead of `&&`."],
    ['{% if a = 1 %}{% endif %}', "This isn't Liquid. Write `==` to compare."],
  ])('in %s', (source, expected) => expect(message(source)).toBe(expected)); // prettier-ignore

  it.each([
    ['{{ a b }}', 'side by side'],
    ['{{ a + b', 'never closed'],
    ['{% assign x = "abc %}', 'never closed'],
    ['{% fro x in y %}', 'Did you mean `for`?'],
    ['x && {{ }}', 'A value is missing'],
  ])('but not in %s', (source, part) => expect(message(source)).toContain(part));

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])(
    'but not in %s, which is a property of every object of JavaScript',
    (name) => {
      expect(message(`{{ a | ${name} }}`)).toBe(`There is no filter \`${name}\`.`);
      expect(message(`{% ${name} %}`)).toBe(`There is no tag \`${name}\`.`);
    },
  );

  test('where the parser takes it for a parameter', () => {
    const sentences = (template: string) =>
      analyseContent({ kind: 'text', template, parameters: [], config: '{}' }).map(
        (problem) => problem.message,
      );
    expect(sentences('{{ else }}{{ loop.index }}{{ this }}')).toEqual([
      'There is no parameter `else`. In Liquid this is `{% else %}`.',
      'There is no parameter `loop`. In Liquid this is `{{ forloop.index }}`.',
      'There is no parameter `this`. In Liquid this is `{{ item }}` in `{% for item in list %}`.',
    ]);
    expect(sentences('{{ user-name }}{{ 1st_question }}{{ réponse }}')).toEqual([
      "`user-name` can't be the name of a parameter. Write `user_name` here and add it to the parameters.",
      "`1st_question` can't be the name of a parameter. Write `value_1st_question` here and add it to the parameters.",
      "`réponse` can't be the name of a parameter. Write `reponse` here and add it to the parameters.",
    ]);
  });
});
