import type { JsonObject, PromptContent } from '@anvil/core/prompt';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Renderer, RendererOptions } from './renderer.ts';
import { createRenderer } from './renderer.ts';

const WORKER = new URL('./worker.ts', import.meta.url);
const open: Renderer[] = [];

function start(options: Partial<RendererOptions> = {}): Renderer {
  const renderer = createRenderer({ workerUrl: WORKER, ...options });
  open.push(renderer);
  return renderer;
}
function text(template: string): PromptContent {
  return { kind: 'text', template, parameters: [], config: '{}' };
}
function textOf(template: string, values: JsonObject = {}, partials: Record<string, PromptContent> = {}) {
  return { organisationId: 'one', content: text(template), values, partials };
}
const LOGIC = textOf('{% if a %}yes {{ a }}{% endif %}', { a: 1 });
const LOGIC_ANSWER = { ok: true, warnings: [], output: { text: 'yes 1' } };

afterEach(() => Promise.all(open.splice(0).map((renderer) => renderer.close())));

describe('what is rendered where', () => {
  it('text and outputs alone need no worker, logic starts one', async () => {
    const renderer = start();
    expect(await renderer.render(textOf('Hi {{ name | upcase }}', { name: 'Zoë' }))).toEqual({
      ok: true,
      warnings: [],
      output: { text: 'Hi ZOË' },
    });
    expect(renderer.workers()).toBe(0);
    expect(await renderer.render(LOGIC)).toEqual(LOGIC_ANSWER);
    expect(renderer.workers()).toBe(1);
  });

  it('a worker gives the same answers: messages, prompts of the set, failures with their place', async () => {
    const renderer = start();
    const chat: PromptContent = {
      kind: 'chat',
      messages: [{ role: 'system', content: "{% render 'tone' %}" }, { placeholder: 'history' }],
      parameters: [{ name: 'history', type: 'messages', required: true }],
      config: '{}',
    };
    const history = [{ role: 'user', content: '{{ raw }}', extra: [1] }];
    expect(
      await renderer.render({
        organisationId: 'one',
        content: chat,
        values: { history },
        partials: { tone: text('Be calm.'), other: text('') },
      }),
    ).toEqual({
      ok: true,
      warnings: [],
      output: { messages: [{ role: 'system', content: 'Be calm.' }, ...history] },
    });
    expect(await renderer.render(textOf('\n{% if true %}{{ gone }}{% endif %}'))).toMatchObject({
      ok: false,
      reason: 'render.undefined',
      place: { part: 'template', line: 2, column: 17 },
    });
    expect(await renderer.render(textOf('{{ broken'))).toMatchObject({ ok: false, reason: 'render.syntax' });
  });

  it('what would hold the serving thread for long is rendered in a worker, though it has no logic', async () => {
    const long = { ok: true, warnings: [], output: { text: expect.any(String) as string } };
    for (const job of [
      textOf('x'.repeat(65_537)),
      textOf('{{ a }}'.repeat(201), { a: 1 }),
      textOf('{{ a }}', { a: 'x'.repeat(65_536) }),
    ]) {
      const renderer = start();
      expect(await renderer.render(job)).toEqual(long);
      expect(renderer.workers()).toBe(1);
    }
  });

  it('a prompt with more than 2 Mi characters of other prompts is refused before they are copied to a worker', async () => {
    const renderer = start();
    const partials = Object.fromEntries(
      Array.from({ length: 9 }, (_, n) => [`p${n}`, text('x'.repeat(250_000))]),
    );
    expect(await renderer.render(textOf("{% render 'p0' %}", {}, partials))).toMatchObject({
      ok: false,
      reason: 'render.prompts_too_large',
    });
    expect(renderer.workers()).toBe(0);
  });

  it('values above 256 kB are refused before any work', async () => {
    const renderer = start();
    const values = { a: 'é'.repeat(128 * 1024) };
    expect(await renderer.render(textOf('{{ a }}', values))).toMatchObject({
      reason: 'render.values_too_large',
    });
    expect(await renderer.render({ ...LOGIC, values })).toMatchObject({ reason: 'render.values_too_large' });
    expect(renderer.workers()).toBe(0);
  });
});

describe('hostile templates and values', () => {
  const big = 'x'.repeat(250_000);
  const list = Array.from({ length: 60_000 }, (_, i) => i % 10);
  const attacks: Record<
    string,
    { template: string; values?: JsonObject; partials?: Record<string, PromptContent> }
  > = {
    'split bomb': {
      template: "{% for i in (1..100000) %}{% assign x = a | split: '' %}{% endfor %}",
      values: { a: big },
    },
    'split by every character, joined': {
      template: "{{ a | split: '' | join: a | split: '' | join: a }}",
      values: { a: big },
    },
    'capture bomb': {
      template: `{% capture c %}${'x'.repeat(1_000)}{% endcapture %}${'{% capture c %}{{ c }}{{ c }}{% endcapture %}'.repeat(30)}`,
    },
    'nested loops': {
      template:
        '{% for a in (1..1000) %}{% for b in (1..1000) %}{% for c in (1..1000) %}{% endfor %}{% endfor %}{% endfor %}',
    },
    'loops that print': {
      template: '{% for a in (1..1000) %}{% for b in (1..1000) %}{{ a }}{{ b }}{% endfor %}{% endfor %}',
    },
    'huge range': { template: '{% for i in (1..1000000000000) %}{% endfor %}' },
    'range of a value': { template: '{% for i in (0..n) %}{% endfor %}', values: { n: 1e300 } },
    'range printed': { template: '{{ (1..100000000) }}' },
    'exponential append': {
      template: `{% assign s = a %}${'{% assign s = s | append: s %}'.repeat(40)}{{ s }}`,
      values: { a: 'x' },
    },
    'exponential replace': {
      template: `{% assign s = a %}${"{% assign s = s | replace: 'x', s %}".repeat(6)}{{ s }}`,
      values: { a: 'xxxxxxxxxx' },
    },
    'exponential concat': {
      template: `{% assign l = a %}${'{% assign l = l | concat: l %}'.repeat(40)}{{ l | size }}`,
      values: { a: [1, 2, 3] },
    },
    'lists of lists': {
      template:
        "{% assign l = a %}{% for i in (1..1000) %}{% assign p = a | map: 'x' %}{% assign l = l | push: p %}{% endfor %}{{ l | size }}",
      values: { a: list.map((x) => ({ x })).slice(0, 20_000) },
    },
    'padding of a date': {
      template: "{% if true %}{{ '2024-01-01' | date: '%999999999d' | size }}{% endif %}",
    },
    'JSON of everything, again and again': {
      template: '{% for i in (1..100000) %}{% assign s = a | json: 10 %}{% endfor %}',
      values: { a: list },
    },
    sorting: {
      template: '{% for i in (1..100000) %}{% assign s = a | sort_natural | uniq | reverse %}{% endfor %}',
      values: { a: list },
    },
    'white space': {
      template:
        '{% for i in (1..100000) %}{% assign s = a | squish | strip_html | truncatewords: 1 %}{% endfor %}',
      values: { a: ' <'.repeat(100_000) },
    },
    'a prompt that renders itself': {
      template: "{% render 'p' %}",
      partials: { p: text("x{% render 'p' %}") },
    },
    'a prompt that renders itself twice in a loop': {
      template: "{% render 'p' %}",
      partials: {
        p: text("{% for i in (1..1000) %}{% render 'q' %}{% render 'q' %}{% endfor %}"),
        q: text("{% render 'p' %}"),
      },
    },
    'a tree of prompts': {
      template: "{% for i in (1..1000) %}{% render 'b' %}{% endfor %}",
      partials: {
        b: text("{% for i in (1..1000) %}{% render 'c' %}{% endfor %}"),
        c: text('{% for i in (1..1000) %}{% endfor %}'),
      },
    },
    'sizes of a large object': {
      template: '{{ a.size }}'.repeat(2_000),
      values: { a: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 1])) },
    },
    'reading the engine': {
      template: "{% if true %}{{ a.constructor.constructor | default: 'no' }}{% endif %}",
      values: { a: {} },
    },
  };

  // One renderer for all of them: what counts is that it goes on.
  const renderer = createRenderer({ workerUrl: WORKER, threads: 2 });
  afterAll(() => renderer.close());

  it.each(Object.entries(attacks))(
    '%s ends by itself or is stopped, and the next render is answered',
    async (_, attack) => {
      const outcome = await renderer.render(textOf(attack.template, attack.values, attack.partials));
      if (outcome.ok) expect(JSON.stringify(outcome.output).length).toBeLessThan(1_100_000);
      else {
        expect(outcome.reason).toMatch(
          /^render\.(timeout|memory|output_too_large|undefined|too_deep|failed|busy)$/,
        );
        expect(outcome.message).toMatch(/\.$/);
      }
      expect(await renderer.render(LOGIC)).toEqual(LOGIC_ANSWER);
    },
  );

  it('all of them at once hold up neither plain renders nor, in the end, those with logic', async () => {
    const hostile = Object.values(attacks).map((attack) =>
      renderer.render(textOf(attack.template, attack.values, attack.partials)),
    );
    let settled = 0;
    for (const one of hostile) void one.then(() => settled++);
    for (let i = 0; i < 100; i++) {
      expect(await renderer.render(textOf('{{ a }}', { a: i }))).toEqual({
        ok: true,
        warnings: [],
        output: { text: String(i) },
      });
    }
    expect(settled).toBeLessThan(hostile.length);
    expect(await renderer.render({ ...LOGIC, organisationId: 'two' })).toEqual(LOGIC_ANSWER);
    await Promise.all(hostile);
    expect(renderer.workers()).toBeLessThanOrEqual(2);
  });

  it('a worker that runs out of memory is replaced, and its render is told why', async () => {
    const lost: string[] = [];
    const small = start({
      maxOldGenerationSizeMb: 24,
      deadlineMs: 20_000,
      onWorkerLost: (reason) => lost.push(reason),
    });
    const template =
      "{% assign l = '' | split: ',' %}{% for i in (1..100) %}{% assign p = a | split: '' %}{% assign l = l | push: p %}{% endfor %}{{ l | size }}";
    expect(await small.render(textOf(template, { a: big }))).toMatchObject({
      ok: false,
      reason: 'render.memory',
    });
    expect(await small.render(LOGIC)).toEqual(LOGIC_ANSWER);
    expect(lost).toEqual(['A render thread was lost: it ran out of memory']);
  });
});
