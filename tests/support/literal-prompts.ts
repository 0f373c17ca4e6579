/** Prompts that look like templates, code or CSV. Imported with `none`, each has to come out as it is. */
export const LITERAL_PROMPTS: Readonly<Record<string, string>> = {
  'Shell variables':
    'tar czf ${DIR:-/var/backups}/x.tgz ${HOME} ${HEADERS[@]} ${#a} ${!x} ${name} ${name:default}',
  'Template literals': 'const text = `${count} of ${items.map((one) => `${one}`)}`;',
  Mustache: '{{name}} {{ name }} {{{raw}}} {{#each items}}{{this}}{{/each}} {{> partial}} {{user.name}}',
  Liquid: '{% if a %}{{ a | upcase }}{% else %}b{% endif %} {%- assign x = 1 -%} {{- x -}}',
  'Raw blocks': '{% raw %}{{ a }}{% endraw %} {% endraw %}{% raw %}',
  Jinja: '{# a note #}{% set a = [1] %}{{ a[0] if a else "none" }} {%- for x in a -%}{{ x }}{%- endfor -%}',
  'Single braces': '{"a": {"b": {"c": []}}} {name} {0} { } {} }} %} {',
  'Begins of tags': 'a {{ b {% c {{{ d {{% e {%{ f {',
  'Many tags': '{{ a }} {% b %}\n'.repeat(40),
  'Many tags and endraw': '{{ a }} {% endraw %}\n'.repeat(40),
  LaTeX: '\\frac{{a}}{{b}} \\begin{matrix} 1 & 2 \\\\ \\end{matrix} $$x^{{2}}$$',
  Code: 'if (a < b && c > d) {\n\treturn "\\n\\t" + \'x\';\n}\n// é ü ß\n',
  'Line breaks': 'one\r\ntwo\ntree\rfour\n\r\n\nend',
  'Edges of white space': '\n\t  between  \t\n',
  'Line break at the end': 'Answer briefly.\r\n',
  'Byte order mark': '\ufeffa \ufeff b',
  Quotes: '"a" said ""b"" and \'c\', “d” and `e` """',
  Delimiters: 'a,b;c\td|e,"f";"g"\t"h"',
  Formula: '=HYPERLINK("https://example.com";"x")',
  'Other scripts': 'e\u0301 é 名前 مرحبا \u{1f469}\u200d\u{1f680} \u2028 \u2029 \u200b \u202e',
  Markup: '<b>&amp; &lt;</b> <!-- {{ x }} --> <script>`${y}`</script></textarea>',
};

/** All of them in one text, for where one prompt is pasted. A form sends line breaks in one way only. */
export const LITERAL_TEXT = Object.values(LITERAL_PROMPTS).join('\n').replaceAll(/\r\n?/g, '\n');

/** @returns a CSV file with every cell in quotes */
export function literalPromptsCsv(delimiter: string, lineEnd: string): string {
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const rows = [
    ['ignored', 'name', 'prompt'],
    ...Object.entries(LITERAL_PROMPTS).map((row) => ['x', ...row]),
  ];
  return rows.map((row) => row.map(quoted).join(delimiter) + lineEnd).join('');
}
