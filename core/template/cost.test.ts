import { describe, expect, it } from 'vitest';
import { checkContentSize, CONTENT_BYTES_MAX, contentBytes } from '../content-size.ts';
import { checkParameters } from '../parameter.ts';
import type { ChatMessage, Parameter, PromptContent } from '../prompt.ts';
import { checkValues } from '../value.ts';
import { analyseContent } from './analyse.ts';
import { findDemandWarnings } from './demands/warnings.ts';
import { checkRenders, findContentRenders } from './partials.ts';
import { closest } from './suggest.ts';
import { findVariables } from './variables.ts';

// The cost of the analysis for hostile content of the largest size that is allowed.

const MANY: Parameter[] = Array.from({ length: 500 }, (_, n) => ({
  name: `${'p'.repeat(60)}${n}`,
  type: 'string',
  required: true,
}));

const text = (template: string, parameters: Parameter[] = []): PromptContent => ({
  ...{ kind: 'text', template, parameters, config: '{}' },
});
const chat = (length: number, contentOf: (index: number) => string): PromptContent => {
  const messages = Array.from({ length }, (_, n): ChatMessage => ({ role: 'user', content: contentOf(n) }));
  return { kind: 'chat', messages, parameters: MANY, config: '{}' };
};
/** As often as it fits into the length. */
const fill = (part: string, length: number) => part.repeat(Math.max(0, Math.floor(length / part.length)));
const each = (length: number, part: (n: number) => string) => {
  let filled = '';
  for (let n = 0; filled.length < length && n < 990; n++) filled += part(n);
  return filled;
};

/** Templates of up to `n` characters, each hostile in another way. */
const HOSTILE: Record<string, (n: number) => PromptContent> = {
  'many steps of one path': (n) => text(`{{ ${fill('a.', n)}a }}`),
  'many filters': (n) => text(`{{ a ${fill('| upcase ', n)} }}`),
  'many arguments of one filter': (n) => text(`{{ a | append: ${fill('b, ', n)}b }}`),
  'many values of one cycle': (n) => text(`{% cycle ${fill('1, ', n)}1 %}`),
  'many values of one case': (n) => text(`{% case a %}{% when ${fill('1, ', n)}1 %}{% endcase %}`),
  'many arguments of one render, on lines of their own': (n) =>
    text(`{% render 'x'${Array.from({ length: n / 14 }, (_, at) => `,\na${at}: 1`).join('')} %}`),
  'conditions of long paths': (n) =>
    text(
      each(n, (at) => {
        const path = (name: string) => `${name}${at}${'.b'.repeat(29)}`;
        const all = (name: string) => Array(49).fill(path(name)).join(' and ');
        return `{% if ${all('x')} or ${all('y')} %}{% endif %}`;
      }),
    ),
  'unknown names that resemble 500 parameters': (n) =>
    text(
      each(n, (at) => `{{ ${'p'.repeat(63)}x${at} }}`),
      MANY,
    ),
  'an elsif chain that sets names': (n) =>
    text(`{% if a %}${each(n, (at) => `{% elsif a.b${at} %}{% assign q${at} = 1 %}`)}{% endif %}`),
  'an elsif chain that sets one name': (n) =>
    text(
      `{% if a %}${each(n, (at) => `{% elsif a.b${at} == 'x' %}{% assign q = ${at} %}`)}{% endif %}{{ q }}`,
    ),
  'reads under many tests': (n) =>
    text(`{% if a %}${each(n, (at) => `{% elsif a.b${at} == 'x' %}{{ a.c${at} }}`)}{% endif %}`),
  'long captured texts in loops': (n) =>
    text(
      `${'{% for x in a %}{% capture c %}'.repeat(10)}${fill('x', n)}{{ c }}${'{% endcapture %}{% endfor %}'.repeat(10)}`,
    ),
  'variables in loops': (n) =>
    text(`${'{% for x in a %}{% assign c = x %}'.repeat(20)}${fill('x', n)}${'{% endfor %}'.repeat(20)}`),
  'tags in tags': (n) => text(`${fill('{% if a %}', 490)}${fill('x', n)}${fill('{% endif %}', 539)}`),
  'a bracket in a bracket': (n) => text(`{{ ${fill('a[', n / 2)}a${fill(']', n / 4)} }}`),
  'a tag name without end': (n) => text(`{% ${fill('f', n)} %}`),
  'a filter name without end': (n) => text(`{{ a | ${fill('f', n)} }}`),
  'a filter name without end after many bars': (n) =>
    text(`{{ a ${fill('|f', n / 2)} | ${fill('f', n / 2)} }}`),
  'a variable without end': (n) => text(`{{ ${fill('v', n)} }}`),
  'an unknown render without end': (n) => text(`{% render '${fill('r', n)}' %}`),
  'only line breaks': (n) => text(`${fill('\n', n)}{{ a }}`),
  '200 messages with unknown names': (n) => chat(200, (m) => each(n / 200, (at) => `{{ q${m}_${at} }}`)),
};

const LARGEST = 256 * 1024;

/** Everything that is asked of a content when it is saved or previewed. */
function analyse(content: PromptContent) {
  findContentRenders(content);
  if (content.kind === 'text') findVariables(content.template);
  return [
    ...analyseContent(content),
    ...findDemandWarnings(content),
    ...checkParameters(content.parameters),
    ...checkRenders(new Map([['self', content], ['x', text('', MANY)]])), // prettier-ignore
  ];
}

/** The processor time of one run, in milliseconds. */
function costOf(content: PromptContent): number {
  const before = process.cpuUsage();
  analyse(content);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** More runs come closer to the least processor time, which the other processes of the machine don't raise. */
const RUNS_MAX = 12;
/** In milliseconds. Below it, noise is larger than what is looked for. */
const NOISE = 30;

describe('the analysis of a hostile template', () => {
  it.each(Object.entries(HOSTILE))('of %s takes time in proportion to its length', (_, make) => {
    const [smaller, larger] = [make(LARGEST / 2 - 1_000), make(LARGEST - 1_000)];
    let [half, whole] = [Infinity, Infinity];
    for (let run = 0; run < RUNS_MAX && (run < 2 || whole >= 3 * Math.max(half, NOISE)); run++) {
      half = Math.min(half, costOf(smaller));
      whole = Math.min(whole, costOf(larger));
    }
    expect(whole).toBeLessThan(3 * Math.max(half, NOISE));
  });

  it.each(Object.entries(HOSTILE))('of %s finds few problems, each in a short sentence', (_, make) => {
    const problems = analyse(make(LARGEST - 1_000));
    expect(problems.length).toBeLessThan(1_500);
    for (const { message } of problems) expect(message.length).toBeLessThanOrEqual(500);
  });

  it('stops before it parses 200 messages with more than 5,000 outputs', () => {
    expect(analyseContent(chat(200, () => '{{ a }}'.repeat(26)))).toMatchObject([
      { rule: 'template.too_many_tags', severity: 'syntax' },
    ]);
  });
});

describe('a name that JavaScript gives to every object', () => {
  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf'])(
    '%s is as unknown as any other',
    (name) => {
      for (const [template, rule] of [
        [`{{ a | ${name} }}`, 'template.unknown_filter'],
        [`{% ${name} %}`, 'template.unknown_tag'],
        [`{% cycle a | ${name} %}`, 'template.unknown_filter'],
        [`{{ ${name} }}`, 'template.unknown_variable'],
        [`{% render '${name}' %}`, 'render.missing_prompt'],
      ] as const) {
        const found = analyse(text(template)).find((problem) => problem.rule === rule);
        expect([template, found?.message]).toEqual([template, expect.stringContaining(`\`${name}\``)]);
        expect(found?.message).not.toMatch(/native code|object Object/);
      }
    },
  );
});

describe('the nearest name', () => {
  it('is found by insertion, deletion, change and swap, and not further away than a third of the name', () => {
    const names = ['customer', 'greeting', 'total'];
    expect(
      ['custmer', 'custoomer', 'custoner', 'cutsomer', 'gretings', 'totl', 'order', 'x'].map((name) =>
        closest(name, names),
      ),
    ).toEqual(['customer', 'customer', 'customer', 'customer', 'greeting', 'total', undefined, undefined]);
  });
});

describe('the size of a content', () => {
  it('is the UTF-8 bytes of its templates, parameters and config together', () => {
    const parameters: Parameter[] = [{ name: 'é', type: 'string', required: true }];
    const messages: ChatMessage[] = [{ role: 'user', content: 'é' }, { placeholder: 'h' }, { role: 'user', content: '😀' }]; // prettier-ignore
    const bytes = Buffer.byteLength(JSON.stringify(parameters)) + 2 + 4 + 2;
    expect(contentBytes({ kind: 'chat', messages, parameters, config: '{}' })).toBe(bytes);
  });

  it('is allowed up to 512 kB, whatever it consists of', () => {
    const rest = contentBytes(text(''));
    const half = 'x'.repeat(CONTENT_BYTES_MAX / 2);
    const of = (missing: number): PromptContent => {
      const messages = [half, half.slice(missing)].map((content): ChatMessage => ({ role: 'user', content }));
      return { kind: 'chat', messages, parameters: [], config: '{}' };
    };
    expect(checkContentSize(of(rest))).toBeUndefined();
    expect(checkContentSize(of(rest - 1))).toMatch(/^A prompt has at most 512 kB .* This one has 513 kB/);
  });
});

describe('values with names and texts of 250,000 characters', () => {
  it('are refused in short sentences', () => {
    const long = 'x'.repeat(250_000);
    const checked = checkValues(
      [{ name: 'a', type: 'string', required: true, enum: ['b'.repeat(1_000), 'c'] }],
      { [long]: 1, a: long, other: { [long]: long } },
      { strict: true },
    );
    if (checked.ok) throw new Error('They should have been refused');
    for (const { path, message } of checked.errors) {
      expect(Math.max(path.length, message.length)).toBeLessThanOrEqual(500);
    }
  });
});
