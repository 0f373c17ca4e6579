import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { checkParameters } from './parameter.ts';
import { findSigns } from './placeholder-signs.ts';
import { convertPlaceholders, toTemplate, type ConvertedPrompt } from './placeholders.ts';
import { analyseContent } from './template/analyse.ts';
import { engine } from './template/engine.ts';
import { renderContent } from './template/render.ts';
import type { TextContent } from './prompt.ts';

// Ten thousand runs on a busy machine take longer than the usual five seconds.
vi.setConfig({ testTimeout: 60_000 });

/** The definition, written anew: a parameter's default replaces its placeholders, else they stand for themselves. */
function expected(text: string): string {
  const placeholder = /\$\{([\p{L}\p{N}_][\p{L}\p{M}\p{N}_ '’/,&-]{0,63})(?::(?![-=+?])([^}]*))?\}/gu;
  const firstDefaults = new Map<string, string>();
  for (const [, name = '', given] of text.matchAll(placeholder)) {
    if (given !== undefined && !firstDefaults.has(name)) firstDefaults.set(name, given);
  }
  return text.replace(
    placeholder,
    (source, name: string, given?: string) => given ?? firstDefaults.get(name) ?? source,
  );
}

function contentOf({ template, parameters }: ConvertedPrompt): TextContent {
  return { kind: 'text', template, parameters, config: '{}' };
}

function render(converted: ConvertedPrompt): string {
  const own = new Map(converted.occurrences.map(({ parameter, source }) => [parameter, source]));
  const values = converted.parameters.map(({ name, required, default: given }) => [
    name,
    (required ? own.get(name) : given) ?? null,
  ]);
  const result = renderContent({
    content: contentOf(converted),
    values: Object.fromEntries(values) as Record<string, string>,
  });
  if (!result.ok) throw new Error(result.message);
  return 'text' in result.output ? result.output.text : '';
}

const parametersOf = (text: string) =>
  convertPlaceholders(text, 'dollar').parameters.map(({ name, required, default: given }) =>
    required ? name : `${name}=${given as string}`,
  );

describe('convertPlaceholders', () => {
  it.each([
    ['Hi ${Name}', 'Hi {{ Name }}', ['Name']],
    ['Hi ${Name:Ann} and ${Name:Ann}', 'Hi {{ Name }} and {{ Name }}', ['Name=Ann']],
    ['${a} ${a:1} ${a}', '{{ a }} {{ a }} {{ a }}', ['a=1']],
    [
      '${a:1} ${a:2} ${a} ${a:2} ${a:3}',
      '{{ a }} {{ a_2 }} {{ a }} {{ a_2 }} {{ a_3 }}',
      ['a=1', 'a_2=2', 'a_3=3'],
    ],
    ['${a:1} ${a:2} ${a_2}', '{{ a }} {{ a_3 }} {{ a_2 }}', ['a=1', 'a_3=2', 'a_2']],
    [
      '${Product/Service} ${Product Service}',
      '{{ Product_Service }} {{ Product_Service_2 }}',
      ['Product_Service', 'Product_Service_2'],
    ],
    ['${a b} ${a_b}', '{{ a_b_2 }} {{ a_b }}', ['a_b_2', 'a_b']],
    ["${Brand's café}", '{{ Brands_cafe }}', ['Brands_cafe']],
    [
      '${名称} ${2nd} ${nil} ${__proto__}',
      '{{ value }} {{ value_2nd }} {{ value_nil }} {{ proto }}',
      ['value', 'value_2nd', 'value_nil', 'proto'],
    ],
    ['${x:}', '{{ x }}', ['x=']],
    ['${x:a: b, {c}\n}', '{{ x }}\n}', ['x=a: b, {c']],
    ['${${int}', '${{{ int }}', ['int']],
  ])('makes %j into %j', (text, template, parameters) => {
    // The one that would read `{{{` is told apart below: a brace before an output is written as an output.
    expect(convertPlaceholders(text, 'dollar').template).toBe(
      template.replace('${{{ int }}', "${{ '{' }}{{ int }}"),
    );
    expect(parametersOf(text)).toEqual(parameters);
  });

  it.each([
    '${response.status}',
    '${f(x)}',
    '${a ? b : c}',
    '${}',
    '${:x}',
    '${a\nb}',
    '${a',
    '${a:b',
    '$ {a}',
    '{a}',
    '${$x}',
    '${DIR:-/var/backups}',
    '${HEADERS[@]}',
    '${index + 1}',
    '${#a}',
    '${!x}',
    '${🙂}',
    '$a',
    '${' + 'n'.repeat(65) + '}',
  ])('keeps %j as it is', (text) => {
    expect(convertPlaceholders(text, 'dollar')).toEqual({ template: text, parameters: [], occurrences: [] });
  });

  it('counts 64 characters, not halves of them', () => {
    expect(parametersOf('${' + '名'.repeat(64) + '}')).toEqual(['value']);
    expect(parametersOf('${' + '名'.repeat(65) + '}')).toEqual([]);
  });

  it.each([
    ['{{ name }}', "{{ '{{' }} name }}"],
    ['{%- if x -%}', "{{ '{%' }}- if x -%}"],
    ['{%{{%', "{{ '{%{{%' }}"],
    ['{${a}', "{{ '{' }}{{ a }}"],
    ['style={{a: 1}}', "style={{ '{{' }}a: 1}}"],
  ])('writes the Liquid-like text %j as %j', (text, template) => {
    expect(convertPlaceholders(text, 'dollar').template).toBe(template);
  });

  it('writes a stretch with much Liquid as one raw block, unless it ends one itself', () => {
    const much = 'a {{ x }} b {% y %} '.repeat(10);
    expect(convertPlaceholders(much, 'dollar').template).toMatch(/^a \{% raw %\}[^]*\{% endraw %\} y %\} $/);
    expect(render(convertPlaceholders(much, 'dollar'))).toBe(much);
    const ended = `${much}{% endraw %}`;
    expect(convertPlaceholders(ended, 'dollar').template).not.toContain('{% raw %}');
    expect(render(convertPlaceholders(ended, 'dollar'))).toBe(ended);
  });

  it('tells where each placeholder stood', () => {
    expect(convertPlaceholders('a ${b} ${b:c}', 'dollar').occurrences).toEqual([
      { source: '${b}', offset: 2, original: 'b', parameter: 'b' },
      { source: '${b:c}', offset: 7, original: 'b', default: 'c', parameter: 'b' },
    ]);
  });

  const fragment = fc.constantFrom(
    '${', '}', '${a}', '${a:1}', '${a:2}', '${a:}', '${a_2}', '${a b}', '${b:x\ny}', '${nil}', '${名}', '${r.s}', '${${a}', '${a:${b}}',
    '{', '{{', '}}', '{%', '%}', '%', '{{-', '-}}', '{%-', '-%}', '{{{', '{% raw %}', '{% endraw %}', '{%- endraw -%}', 'endraw', 'raw',
    '{% if x %}', '{% endif %}', '{% comment %}', '{% liquid', "{{ '", "'", '"', "'}}", '\\', '$', ':', '$&', "$'", ' ', '\n', '\r\n', '🙂', 'é', 'x',
    '{# c #}', '{% # c %}', '<%', '${' + 'n'.repeat(64) + '}', '${' + 'n'.repeat(65) + '}',
  ); // prettier-ignore
  const nasty = fc.array(fragment, { maxLength: 14 }).map((pieces) => pieces.join(''));
  const crowded = fc
    .array(fc.oneof(fragment, fc.constantFrom('{{', '{% x', '{')), { minLength: 40, maxLength: 80 })
    .map((pieces) => pieces.join(''));
  const free = fc.string({ unit: fc.constantFrom(...'${}:%- {}a\'"\n$&'), maxLength: 40 });

  it('gives the original back, character by character, from whatever it is made of', () => {
    const property = (text: string) => {
      const converted = convertPlaceholders(text, 'dollar');
      expect(render(converted)).toBe(expected(text));
      expect(checkParameters(converted.parameters)).toEqual([]);
    };
    fc.assert(fc.property(fc.oneof(nasty, free), property), { numRuns: 20_000 });
    fc.assert(fc.property(crowded, property), { numRuns: 2_000 });
  });

  // Not by expected(), which takes quadratic time on openings that are never closed, and by the bare engine: a prompt
  // of so many tags is refused, but the conversion itself must take it.
  it.each(['${a:', '${a', '${', '{{', '{% ', '{', '${b}', '${a:x} {{ y }} ', '{{ endraw '])(
    'takes 60,000 characters of %j without growing out of proportion',
    (piece) => {
      const text = piece.repeat(60_000 / piece.length);
      const { template } = convertPlaceholders(text, 'dollar');
      expect(template.length).toBeLessThan(text.length * 2);
      const printed: unknown = engine().parseAndRenderSync(template, { a: 'x', b: '${b}' });
      expect(printed === text.replaceAll('${a:x}', 'x')).toBe(true);
    },
  );

  it('names a thousand defaults of one name, each once', () => {
    const text = Array.from({ length: 1_000 }, (_, i) => `\${a:${i}}`).join('');
    const { parameters } = convertPlaceholders(text, 'dollar');
    expect(new Set(parameters.map(({ name }) => name)).size).toBe(1_000);
    expect(parameters.at(-1)?.name).toBe('a_1000');
  });
});

describe('the style', () => {
  const nasty = fc
    .array(
      fc.constantFrom(
        ...['{{', '}}', '{%', '%}', '{{name}}', '{{ name }}', '{{{name}}}', '{{a.b}}', '{{#each x}}', '{{else}}', '${a}'],
        ...['{% raw %}', '{% endraw %}', '{%- x -%}', '{{- y -}}', 'endraw!', '{', '}', "'", '\r\n', '\n', '\ufeff', ' ', 'é!', '\\'],
      ),
      { maxLength: 60 },
    )
    .map((pieces) => pieces.join('')); // prettier-ignore
  const rendered = (
    style: 'none' | 'mustache' | 'liquid',
    text: string,
    values: Record<string, string> = {},
  ) => {
    const result = renderContent({
      content: { kind: 'text', ...toTemplate(text, style), config: '{}' },
      values,
    });
    return result.ok && 'text' in result.output ? result.output.text : result;
  };

  it('none renders to the original bytes, whatever the text is', () => {
    const property = (text: string) => {
      expect(toTemplate(text, 'none').parameters).toEqual([]);
      expect(rendered('none', text)).toBe(text);
    };
    fc.assert(fc.property(nasty, property), { numRuns: 10_000 });
  });

  it('mustache converts names in two braces, and nothing else', () => {
    const property = (text: string) => {
      const { parameters } = toTemplate(text, 'mustache');
      const values = Object.fromEntries(parameters.map(({ name }) => [name, `<${name}>`]));
      expect(rendered('mustache', text, values)).toBe(text.replace(/(?<!\{)\{\{ ?name ?\}\}/g, '<name>'));
    };
    fc.assert(fc.property(nasty, property), { numRuns: 10_000 });
    expect(toTemplate('{{user-name}} {{1st}} {{名}} {{ a }}', 'mustache')).toEqual({
      template: '{{ user_name }} {{ value_1st }} {{ value }} {{ a }}',
      parameters: ['user_name', 'value_1st', 'value', 'a'].map((name) => ({
        name,
        type: 'string',
        required: true,
      })),
    });
  });

  it('liquid takes the text as a template, whose parameters are what it reads', () => {
    const text = 'Hi {{ user.name }}{% for x in items %}{{ x }}{% endfor %} ${a}';
    expect(toTemplate(text, 'liquid')).toMatchObject({
      template: text,
      parameters: [
        { name: 'user', type: 'object', required: true, fields: [{ name: 'name', type: 'string' }] },
        { name: 'items', type: 'list', required: true },
      ],
    });
  });

  it.each([
    ['plain {text} $5 {}', []],
    ['${name} ${name:x}', ['dollar']],
    ['${HEADERS[@]} $name', []],
    ['{{name}} {{ name }}', ['mustache']],
    ['{{{name}}} {{#each x}}', []],
    ['{% if a %}', ['liquid']],
    ['{{ a | upcase }}', ['liquid']],
    ['${a} {{b}} {{ c.d }}', ['dollar', 'mustache', 'liquid']],
  ])('that %j looks like is %j', (text, expectedSigns) => {
    const signs = Object.entries(findSigns(text)).flatMap(([kind, isThere]) => (isThere ? [kind] : []));
    expect(signs).toEqual(expectedSigns);
  });
});

describe('1,517 real prompts', () => {
  const file = gunzipSync(readFileSync(new URL('../tests/data/real-prompts.csv.gz', import.meta.url)));
  const rows = parse<{ name: string; prompt: string }>(file, { columns: true, bom: true });

  it('each come back character by character, with nothing that would block publishing', () => {
    expect(rows).toHaveLength(1_517);
    for (const { prompt } of rows) {
      const converted = convertPlaceholders(prompt, 'dollar');
      expect(render(converted)).toBe(expected(prompt));
      expect(checkParameters(converted.parameters)).toEqual([]);
      expect(analyseContent(contentOf(converted))).toEqual([]);
    }
  });

  it('each render to the original bytes with the style none', () => {
    for (const { prompt } of rows) {
      const template = toTemplate(prompt, 'none');
      const result = renderContent({ content: { kind: 'text', ...template, config: '{}' }, values: {} });
      expect(result).toEqual({ ok: true, output: { text: prompt }, warnings: [] });
    }
  });

  it('hold placeholders and Liquid-like text enough to prove something', () => {
    const occurrences = rows.flatMap(({ prompt }) => convertPlaceholders(prompt, 'dollar').occurrences);
    expect(occurrences).toHaveLength(1_635);
    expect(occurrences.filter((one) => one.default === undefined)).toHaveLength(1_032);
    expect(rows.filter(({ prompt }) => /\{[{%]/.test(prompt))).toHaveLength(9);
  });
});
