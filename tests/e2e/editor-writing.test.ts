import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { templateArbitrary } from '../../core/template/template.arbitrary.ts';
import { enter, useStage } from '../support/stage.ts';

const stage = useStage();
const PLACE = { project: 'support', set: 'emails' };

/** What people type, and what an editor that completes brackets or indents would change. */
const TEXTS = [
  '{% if a %}x{% endif %}',
  '{% if name %}yes{% endif %} z',
  '{%- for i in items -%}\n{{ i }}\n{%- endfor -%}',
  '{% if a %}\n- one\n  - two\nthree\n{% endif %}',
  '{{ name | default: "you" }} {# no comment #} {"a": [1, (2)]}',
  ":( 'tis “quoted”, don't (yet [open\n\tno end {{",
];

test('text that is typed key by key is in the editor exactly', async () => {
  const { context, page } = await openEditor('');
  for (const text of [...TEXTS, ...fc.sample(templateArbitrary, 5)]) {
    await page.locator('.cm-content').first().click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press('Delete');
    for (const [index, line] of text.split('\n').entries()) {
      if (index > 0) await page.keyboard.press('Enter');
      for (const key of line) await (key === '\t' ? page.keyboard.insertText(key) : page.keyboard.type(key));
      // A list of completions is for what is being typed; Enter would take one.
      await page.keyboard.press('Escape');
    }
    expect(await typed(page)).toBe(text);
  }
  await context.close();
});

test('the bar with Save stays in view in a long prompt, and the search finds every line', async () => {
  const lines = Array.from({ length: 700 }, (_, index) => `Line ${index} of a long prompt.`);
  const { context, page } = await openEditor(lines.join('\n'));
  await page.locator('.cm-content').first().click();
  await page.keyboard.press('ControlOrMeta+End');
  const inView = () =>
    page.locator('button[data-save]').evaluate((button) => {
      const { top, bottom } = button.getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    });
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(2_000);
  expect(await inView()).toBe(true);
  await page.keyboard.press('ControlOrMeta+f');
  await page.keyboard.type('Line 31 of');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('.cm-searchMatch-selected').innerText()).toBe('Line 31 of');
  expect(await inView()).toBe(true);
  await context.close();
});

test('“Add all” declares the fields and items that the text reads, and the preview renders', async () => {
  const { context, page, me } = await openEditor(
    'Order {{ order.number }}{% for item in order.items %}\n- {{ item.name }} {{ item.price }}{% endfor %}{% if tone %}{{ tone }}{% endif %}',
  );
  await page.getByRole('button', { name: 'Add all' }).click();
  await expect
    .poll(() => page.getByLabel('Rendered output').innerText())
    .toMatch(/Order example number\s+- Ada example price/);
  await page.locator('main').getByText('No problems').waitFor();
  await page.keyboard.press('ControlOrMeta+s');
  await page.getByText('Saved · revision 2').waitFor();
  const { content } = await me.trpc.prompts.get.query({ ...PLACE, prompt: 'letter' });
  const field = (name: string) => ({ name, type: 'string', required: true });
  expect(content.parameters).toMatchObject([
    {
      name: 'order',
      type: 'object',
      fields: [
        field('number'),
        { name: 'items', type: 'list', items: { type: 'object', fields: [field('name'), field('price')] } },
      ],
    },
    field('tone'),
  ]);
  await context.close();
});

test('a placeholder without a parameter is marked, and the preview says what to fix', async () => {
  const { context, page } = await openEditor('Hello');
  await page.getByRole('button', { name: 'Convert to chat' }).click();
  await page.getByRole('button', { name: 'Add a placeholder' }).click();
  await page.locator('input[name="messages[1][content]"][aria-invalid="true"]').waitFor();
  await page.getByText('Fix the marked fields to see the preview.').waitFor();
  await context.close();
});

test('rarely used fields of a parameter are behind “More”, open where they hold something', async () => {
  const { context, page, me } = await openEditor('{{ tone }}{{ old }}');
  await page.getByRole('button', { name: 'Add all' }).click();
  const tone = page.locator('details', { has: page.locator('summary', { hasText: /^tone/ }) }).last();
  await tone.locator('summary').first().click();
  expect(await tone.getByLabel('Allowed values').isVisible()).toBe(false);
  expect(await tone.getByLabel('Default').isVisible()).toBe(true);
  await tone.getByText('More', { exact: true }).click();
  await tone.getByLabel('Allowed values').fill('warm\nshort');
  await tone.getByLabel('Deprecated').fill('Use style.');
  await page.keyboard.press('ControlOrMeta+s');
  await page.getByText('Saved · revision 2').waitFor();
  const { content } = await me.trpc.prompts.get.query({ ...PLACE, prompt: 'letter' });
  expect(content.parameters[0]).toMatchObject({ enum: ['warm', 'short'], deprecated: 'Use style.' });
  await page.reload({ waitUntil: 'networkidle' });
  await tone.locator('summary').first().click();
  expect(await tone.getByLabel('Deprecated').isVisible()).toBe(true);
  await context.close();
});

test('the bar is read in the order in which it is shown, and Enter in a field saves', async () => {
  const { context, page } = await openEditor('Hello');
  const bar = await page.locator('.editor-bar :is(a, button)').allInnerTexts();
  expect(bar.map((words) => words.split('\n')[0])).toEqual(['History', 'Save', 'Publish 1.0.0']);
  await page.getByLabel('Name', { exact: true }).fill('Greeting');
  await page.getByLabel('Name', { exact: true }).press('Enter');
  await page.getByText('Saved · revision').waitFor();
  expect(await page.getByText('not saved').count()).toBe(0);
  await context.close();
});

test.each(['desk', 'phone'] as const)(
  'nothing on the page moves while the editor opens, on a %s',
  async (screen) => {
    const long = 'A line of {{ name }} that wraps on most screens, as many lines of prompts do.\n'.repeat(25);
    const { context, page } = await openEditor(long, screen);
    await page.reload();
    await page.locator('.cm-content').first().waitFor();
    const moved = await page.evaluate(async () => {
      // Two frames, so that the change of the last one is measured.
      for (let frame = 0; frame < 2; frame++) await new Promise((shown) => requestAnimationFrame(shown));
      const entries = await new Promise<PerformanceEntryList>((resolve) => {
        const observer = new PerformanceObserver((list) => resolve(list.getEntries()));
        observer.observe({ type: 'layout-shift', buffered: true });
        // Without a shift, the observer is never called.
        requestAnimationFrame(() => resolve(observer.takeRecords()));
      });
      return entries.reduce((sum, entry) => sum + (entry as PerformanceEntry & { value: number }).value, 0);
    });
    expect(moved).toBeLessThan(0.05);
    await context.close();
  },
);

async function openEditor(template: string, screen: 'desk' | 'phone' = 'desk') {
  const visitor = await enter(stage, { screen });
  const { trpc, organisation } = visitor.me;
  await trpc.projects.create.mutate({ name: 'Support' });
  await trpc.promptSets.create.mutate({ project: 'support', name: 'Emails' });
  const content = { kind: 'text' as const, template, parameters: [], config: '{}' };
  await trpc.prompts.create.mutate({ ...PLACE, name: 'Letter', content });
  await visitor.page.goto(`/o/${organisation}/support/emails/letter`);
  await visitor.page.locator('.cm-content').first().waitFor();
  return visitor;
}

/** The text as it would be sent. */
function typed(page: Page): Promise<string> {
  return page.locator('textarea[name="template"]').inputValue();
}
