import { describe, expect, it } from 'vitest';
import type { PromptContent } from '@anvil/core/prompt';
import { areTooLarge, loadPartials } from './partials.ts';

const text = (template: string): PromptContent => ({ kind: 'text', template, parameters: [], config: '{}' });

/** Loads the prompts that a template reaches in a set. `asked`: the slugs of each call. */
async function load(template: string, set: Record<string, string>) {
  const asked: string[][] = [];
  const content = text(template);
  const partials = await loadPartials(content, (slugs) => {
    asked.push(slugs);
    return Promise.resolve(
      new Map(slugs.flatMap((slug) => (slug in set ? [[slug, text(set[slug] ?? '')]] : []))),
    );
  });
  return { content, partials, asked };
}

describe('the prompts that a content renders', () => {
  it('are loaded with those that they render, each once', async () => {
    const { partials, asked } = await load("{% render 'a' %}{% render 'b' %}{% render 'a' %}", {
      a: "{% render 'c' %}{% render 'b' %}",
      b: "{% render 'missing' %}",
      c: "{% render 'a' %}",
    });
    expect([...partials.keys()]).toEqual(['a', 'b', 'c']);
    expect(asked).toEqual([
      ['a', 'b'],
      ['c', 'missing'],
    ]);
  });

  it('are loaded to the greatest depth that rendering allows', async () => {
    const chain = Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [`p${n}`, `{% render 'p${n + 1}' %}`]),
    );
    const { partials } = await load("{% render 'p0' %}", chain);
    expect([...partials.keys()]).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5']);
  });

  it('are no longer loaded once they are too large to be rendered', async () => {
    const large = 'x'.repeat(500_000);
    const slugs = Array.from({ length: 1_000 }, (_, n) => `p${n}`);
    const { content, partials, asked } = await load(
      slugs.map((slug) => `{% render '${slug}' %}`).join(''),
      Object.fromEntries(slugs.map((slug) => [slug, large])),
    );
    expect(asked).toHaveLength(1);
    expect(areTooLarge([content, ...partials.values()])).toBe(true);
  });
});
