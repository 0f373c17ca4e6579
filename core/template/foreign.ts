/**
 * What people write who come from Jinja, Mustache, Handlebars or JavaScript: each form with its Liquid form. Liquid is
 * similar enough that the parser's own message wouldn't tell them that this is another language.
 */
import { toParameterName } from '../parameter-name.ts';

/** Longer constructs are looked at up to here; the forms below show at the beginning. */
const LOOKED_AT_MAX = 300;

type Hint = readonly [form: RegExp, sentence: (match: RegExpExecArray) => string];

/** After `{{`, without the hyphen. */
const OUTPUTS: readonly Hint[] = [
  [/^\{\s*([\w.]+)\s*\}/, ([, name]) => isLike('Mustache', `{{ ${name} }}`)],
  [/^&\s*([\w.]+)/, ([, name]) => isLike('Mustache', `{{ ${name} }}`)],
  [/^~\s*([\w.]*)/, ([, name]) => isLike('Handlebars', `{{- ${name} -}}`)],
  [/^!/, () => isLike('Mustache', '{% comment %}…{% endcomment %}')],
  [/^>\s*([\w-]*)/, ([, name]) => isLike('Mustache', `{% render '${name || 'slug'}' %}`)],
  [/^#\s*each\s+([\w.]+)/, ([, list]) => isLike('Handlebars', `{% for item in ${list} %}…{% endfor %}`)],
  [/^#\s*if\s+([\w.]+)/, ([, test]) => isLike('Handlebars', `{% if ${test} %}…{% endif %}`)],
  [/^#\s*unless\s+([\w.]+)/, ([, test]) => isLike('Handlebars', `{% unless ${test} %}…{% endunless %}`)],
  [/^#\s*with\s+([\w.]+)/, ([, name]) => isLike('Handlebars', `{{ ${name}.field }}`)],
  // `{{#if (eq a b)}}`
  [/^#\s*each\b/, () => isLike('Handlebars', '{% for item in list %}…{% endfor %}')],
  [/^#\s*(if|unless)\b/, ([, tag]) => isLike('Handlebars', `{% ${tag} … %}…{% end${tag} %}`)],
  [
    /^#\s*([\w.]+)/,
    ([, name]) =>
      isLike('Mustache', `{% if ${name} %}…{% endif %}\` or \`{% for item in ${name} %}…{% endfor %}`),
  ],
  [/^\^\s*([\w.]+)/, ([, name]) => isLike('Mustache', `{% unless ${name} %}…{% endunless %}`)],
  [/^\^/, () => isLike('Handlebars', '{% else %}')],
  [/^\/\s*each\b/, () => isLike('Handlebars', '{% endfor %}')],
  [/^\/\s*(if|unless)\b/, ([, tag]) => isLike('Handlebars', `{% end${tag} %}`)],
  [/^\//, () => isLike('Mustache', '{% endif %}` or `{% endfor %}')],
  [/^=/, () => `This changes delimiters as in Mustache, which Liquid can't. ${KEEP}`],
  [
    /^@(index|first|last)\b/,
    ([, name]) => isLike('Handlebars', `{{ forloop.${name === 'index' ? 'index0' : name} }}`),
  ],
  [/^@(key|root)\b/, () => `This is Handlebars. In Liquid there are no \`@\` variables. ${KEEP}`],
  [/^lookup\s+([\w.]+)\s+([\w.]+)/, ([, list, key]) => isLike('Handlebars', `{{ ${list}[${key}] }}`)],
  [/^\.\.\//, () => `This is Handlebars. In Liquid a name is written without \`../\`. ${KEEP}`],
  [/^else\s+if\b/, () => isLike('Handlebars', '{% elsif … %}')],
  [
    /^(\S+)\s+if\s+(.+?)\s+else\s+(\S+)\s*-?\}\}/,
    ([, yes, test, no]) => isLike('Jinja', `{% if ${test} %}{{ ${yes} }}{% else %}{{ ${no} }}{% endif %}`),
  ],
  [
    /^(\S+)\s+if\s+(.+?)\s*-?\}\}/,
    ([, yes, test]) => isLike('Jinja', `{% if ${test} %}{{ ${yes} }}{% endif %}`),
  ],
  [
    /^\$(\w+)\s*-?\}\}/,
    ([, name]) =>
      `\`$${name}\` can't be the name of a parameter. Write \`{{ ${toParameterName(name ?? '')} }}\`.`,
  ],
  [
    /^(?:role|history|media)\s+["'{]|^(?:history|media)\b.*\}\}/,
    () => `This is Dotprompt. In Anvil a prompt of the kind chat has messages with roles. ${KEEP}`,
  ],
  [/^["'{][^|]*:/, () => `This isn't Liquid. ${KEEP}`],
];

/** After `{%`, without the hyphen. */
const TAGS: readonly Hint[] = [
  [
    /^(?:elif|elseif|else\s+if)\b\s*(.*?)\s*-?%\}/,
    ([, test]) => isLike('Jinja', `{% elsif ${test || '…'} %}`),
  ],
  [
    /^set\s+(\w+)\s*=\s*(.*?)\s*-?%\}/,
    ([, name, value]) => isLike('Jinja', `{% assign ${name} = ${value} %}`),
  ],
  [/^set\s+(\w+)/, ([, name]) => isLike('Jinja', `{% capture ${name} %}…{% endcapture %}`)],
  [/^endset\b/, () => isLike('Jinja', '{% endcapture %}')],
  [
    /^(?:macro|endmacro|call|endcall|import|from|extends|super)\b/,
    () =>
      `This is Jinja. In Liquid shared text is a prompt of the same set: \`{% render 'slug', name: value %}\`. ${KEEP}`,
  ],
  [
    /^(?:filter|endfilter)\b/,
    () => isLike('Jinja', '{% capture text %}…{% endcapture %}{{ text | upcase }}'),
  ],
  [/^(?:with|do)\s/, () => isLike('Jinja', '{% assign name = value %}')],
  [
    /^for\s+\w+\s*,\s*\w+\s+in\s+([\w.]+?)(?:\.items\b|[^\w.])/,
    ([, list]) => isLike('Jinja', `{% for pair in ${list} %}{{ pair[0] }}: {{ pair[1] }}{% endfor %}`),
  ],
  [/^for\s+(\w+)\s+in\s+range\(/, ([, name]) => isLike('Jinja', `{% for ${name} in (1..3) %}`)],
  [
    /^for\s+(\w+)\s+in\s+([\w.]+)\s+if\s+(.*?)\s*-?%\}/,
    ([, name, list, test]) =>
      isLike('Jinja', `{% for ${name} in ${list} %}{% if ${test} %}…{% endif %}{% endfor %}`),
  ],
  [
    /^(?:if|elsif|unless)\s+(\w[\w.]*)\s+is\s+(?:not\s+)?(?:defined|none|undefined)\b/,
    ([, name]) => isLike('Jinja', `{% if ${name} %}`),
  ],
  [
    /^(?:if|elsif|unless)\s+(\S+)\s+in\s+([\w.]+)/,
    ([, item, list]) => isLike('Jinja', `{% if ${list} contains ${item} %}`),
  ],
  [
    /^(?:if|elsif|unless)\s.*\([^)]*\s(?:and|or)\s/,
    () => 'Liquid has no parentheses in conditions. Write one `if` inside another.',
  ],
  [/^(if|elsif|unless)\s+!\s*([\w.]+)/, ([, , name]) => `This isn't Liquid. Write \`{% unless ${name} %}\`.`],
];

/** Inside of outputs and tags. */
const EXPRESSIONS: readonly Hint[] = [
  [/&&/, () => "This isn't Liquid. Write `and` instead of `&&`."],
  [/\|\|/, () => "This isn't Liquid. Write `or` instead of `||`."],
  [
    /([\w.]+)\s*\?\?\s*(\S+)/,
    ([, value, other]) => `This isn't Liquid. Write \`${value} | default: ${other}\`.`,
  ],
  [
    /([\w.]+)\s+\?\s+(\S+)\s+:\s+(\S+)/,
    ([, test, yes, no]) =>
      `This isn't Liquid. Write \`{% if ${test} %}{{ ${yes} }}{% else %}{{ ${no} }}{% endif %}\`.`,
  ],
  [
    /\|\s*(\w+)\((.*?)\)/,
    ([, filter, args]) =>
      `A filter takes its arguments after a colon. Write \`| ${filter}${args?.trim() ? `: ${args}` : ''}\`.`,
  ],
  [/([\w.]+)\s+~\s+(\S+)/, ([, left, right]) => isLike('Jinja', `{{ ${left} | append: ${right} }}`)],
  [
    /([\w.]+)\s+([-+*/%])\s+([\w.]+)/,
    ([, left, sign, right]) =>
      `Liquid computes by filters. Write \`${left} | ${ARITHMETIC[sign ?? '+']}: ${right}\`.`,
  ],
  [
    /([\w.]+)\(.*?\)/,
    ([, call]) =>
      `Liquid has no functions such as \`${call}()\`. Give the result as a parameter, or use a filter.`,
  ],
  [/^(?:if|elsif|unless)\s+[\w.[\]]+\s*=\s*[^=\s]/, () => "This isn't Liquid. Write `==` to compare."],
];

const ARITHMETIC: Record<string, string> = {
  '+': 'plus',
  '-': 'minus',
  '*': 'times',
  '/': 'divided_by',
  '%': 'modulo',
};

const KEEP = 'Keep it as text between `{% raw %}` and `{% endraw %}`.';

function isLike(language: string, liquid: string): string {
  return `This is ${language}. Write \`${liquid}\`, or keep it as text between \`{% raw %}\` and \`{% endraw %}\`.`;
}

/**
 * Returns the sentence for a construct of another template language, or undefined if it isn't known.
 *
 * @param offset inside of an output or tag that can't be parsed
 */
export function explainForeign(source: string, offset: number): string | undefined {
  const construct = constructAt(source, offset);
  if (construct === undefined) return undefined;
  const inside = construct.slice(2).replace(/^-?\s*/, '');
  const forms = construct.startsWith('{{') ? OUTPUTS : TAGS;
  for (const [form, sentence] of [...forms, ...EXPRESSIONS]) {
    const match = form.exec(inside);
    if (match) return sentence(match);
  }
  return undefined;
}

/** The output or tag in which an offset lies, from its delimiter; a line of a `liquid` tag as a tag of its own. */
function constructAt(source: string, offset: number): string | undefined {
  let begin = Math.max(source.lastIndexOf('{{', offset), source.lastIndexOf('{%', offset));
  if (begin === -1) return undefined;
  while (source[begin - 1] === '{') begin -= 1;
  const tag = /^\{%-?\s*liquid\b/.exec(source.slice(begin, begin + LOOKED_AT_MAX));
  if (tag) {
    const line = Math.max(source.lastIndexOf('\n', offset - 1) + 1, begin + tag[0].length);
    return `{%${source.slice(line, source.indexOf('\n', offset) + 1 || undefined).slice(0, LOOKED_AT_MAX)}%}`;
  }
  const close = source.indexOf(source[begin + 1] === '{' ? '}}' : '%}', begin);
  return close === -1 ? undefined : source.slice(begin, Math.min(close + 2, begin + LOOKED_AT_MAX));
}
