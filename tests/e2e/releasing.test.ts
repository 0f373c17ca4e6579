import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { edit, makeSupportProject, publish } from '../support/sample-content.ts';
import { REFUND_WITH_TONE } from '../support/sample-prompts.ts';
import { enter, useStage } from '../support/stage.ts';

const stage = useStage();
const both = [{ javaScript: true }, { javaScript: false }];
const LETTER = {
  kind: 'text' as const,
  template: 'Hello {{ name }}',
  parameters: [{ name: 'name', type: 'string' as const, required: true }],
  config: '{}',
};

describe.each(both)('releasing with JavaScript: $javaScript', ({ javaScript }) => {
  test('the first version, then a breaking one with its reasons and a call that breaks', async () => {
    const { context, page, me, noises } = await enter(stage, { javaScript });
    const { trpc, organisation } = me;
    const place = { organisation, project: 'support', set: 'letters' };
    const base = `/o/${organisation}/support/letters`;
    await trpc.projects.create.mutate({ name: 'Support' });
    await trpc.promptSets.create.mutate({ project: 'support', name: 'Letters' });
    await trpc.prompts.create.mutate({ ...place, name: 'Letter', content: LETTER });

    await page.goto(base);
    await page.getByRole('link', { name: 'Publish 1.0.0' }).click();
    await page.getByLabel('Changelog').fill('The first letter.\n\nMore will follow.');
    await page.getByRole('button', { name: /^Publish/ }).click();
    await page.waitForURL(`${stage.server.url}${base}/-/versions/1.0.0`);
    await page.getByText('More will follow.').waitFor();

    await edit(trpc, place, 'letter', {
      ...LETTER,
      template: 'Hello {{ name }} of {{ town }}',
      parameters: [...LETTER.parameters, { name: 'town', type: 'string', required: true }],
    });
    await page.goto(`${base}/-/publish`);
    const shown = await page.locator('main').innerText();
    expect(shown).toContain('major or higher');
    expect(shown).toMatch(/letter .*parameter town/);
    const witness = page.locator('pre[aria-label="Values of the call that breaks"]');
    expect(Object.keys(JSON.parse(await witness.innerText()) as object)).toEqual(['name']);
    expect(shown).toContain('Version 1.0.0 of letter renders these values. 2.0.0 fails:');
    await page.getByRole('button', { name: javaScript ? 'Publish 2.0.0' : 'Publish this version' }).click();
    await page.waitForURL(`${stage.server.url}${base}/-/versions/2.0.0`);
    await page.getByRole('heading', { level: 1, name: 'support/letters@2.0.0' }).waitFor();

    await page.goto(`${base}/-/versions`);
    const versions = await page.locator('main').innerText();
    expect(versions.indexOf('2.0.0')).toBeLessThan(versions.indexOf('The first letter.'));
    await page.goto(`${base}/-/publish`);
    expect(await page.locator('main').innerText()).toMatch(/nothing has changed since 2\.0\.0/i);
    expect(noises).toEqual([]);
    await context.close();
  });

  test('a number of one’s own is published when it is high enough, and else told why not', async () => {
    const { context, page, me } = await enter(stage, { javaScript });
    await makeSupportProject(me);
    await page.goto(`/o/${me.organisation}/support/emails/-/publish`);
    await page.getByLabel('Changelog').fill('A tone for refunds.');
    const other = page.getByRole('textbox', { name: 'Another number' });
    await other.fill('1.1.2');
    if (!javaScript) await page.getByRole('radio', { name: /^Another number/ }).check();
    await page.getByRole('button', { name: /^Publish/ }).click();
    await page.getByText(/at least 1\.2\.0/).waitFor();
    expect(await other.inputValue()).toBe('1.1.2');
    expect(await page.getByLabel('Changelog').inputValue()).toBe('A tone for refunds.');
    await other.fill('1.5.0-beta.1');
    await page.getByRole('button', { name: javaScript ? 'Publish 1.5.0-beta.1' : /^Publish/ }).click();
    await page.waitForURL(/\/-\/versions\/1\.5\.0-beta\.1$/);
    await context.close();
  });

  test('who publishes what somebody else has changed meanwhile is shown it first', async () => {
    const { context, page, me } = await enter(stage, { javaScript });
    const { trpc } = me;
    const place = await makeSupportProject(me);
    await page.goto(`/o/${me.organisation}/support/emails/-/publish`);
    await page.getByLabel('Changelog').fill('A tone for refunds.');
    await edit(trpc, place, 'refund', { ...REFUND_WITH_TONE, config: '{ "model": "gpt-6" }' });
    await page.getByRole('button', { name: /^Publish/ }).click();
    await page.getByText('The draft changed while you were here').waitFor();
    expect(await page.getByLabel('Changelog').inputValue()).toBe('A tone for refunds.');
    expect(await page.getByText('changed while you were here').count()).toBeGreaterThan(0);
    expect((await trpc.versions.list.query(place)).data[0]?.number).toBe('1.1.1');
    await page.getByRole('button', { name: /^Publish/ }).click();
    await page.waitForURL(/\/-\/versions\/1\.2\.0$/);
    await context.close();
  });

  test('who finds that somebody else has published already gets their changelog back', async () => {
    const { context, page, me } = await enter(stage, { javaScript });
    await makeSupportProject(me);
    const place = { organisation: me.organisation, project: 'support', set: 'emails' };
    await page.goto(`/o/${me.organisation}/support/emails/-/publish`);
    await page.getByLabel('Changelog').fill('Warm refunds.');
    await publish(me.trpc, place, 'By somebody else.');
    await page.getByRole('button', { name: /^Publish/ }).click();
    const kept = page.getByLabel('Your changelog');
    await kept.waitFor();
    expect(await kept.inputValue()).toBe('Warm refunds.');
    await context.close();
  });

  test('a label is added, moved, rolled back and removed, and its history shows each step', async () => {
    const { context, page, me, noises } = await enter(stage, { javaScript });
    const { trpc, organisation } = me;
    const place = { organisation, project: 'support', set: 'letters' };
    const base = `/o/${organisation}/support/letters`;
    await trpc.projects.create.mutate({ name: 'Support' });
    await trpc.promptSets.create.mutate({ project: 'support', name: 'Letters' });
    await trpc.prompts.create.mutate({ ...place, name: 'Letter', content: LETTER });
    await publish(trpc, place, 'First');
    await edit(trpc, place, 'letter', { ...LETTER, template: 'Good morning {{ name }}' });
    await publish(trpc, place, 'Friendlier');

    await page.goto(`${base}/-/labels`);
    await page.getByRole('link', { name: 'New label' }).click();
    await page.getByLabel('Name').fill('production');
    await page.getByLabel('Version').last().fill('1.0.0');
    await page.getByLabel('Reason').last().fill('Go live');
    await page.getByRole('button', { name: 'Add label' }).click();
    await page.waitForURL(/\?label=production$/);
    await expect.poll(() => history(page)).toEqual(['1.0.0 Go live']);

    await page.getByText('Move to').click();
    // A number that was never published stays in the field, with the error at it.
    await page.getByLabel('Version').fill('7.0.0');
    await page.getByRole('button', { name: 'Move production' }).click();
    await page.getByText('There is no version 7.0.0.').waitFor();
    await page.locator('button[aria-busy]').waitFor({ state: 'detached' });
    expect(await page.getByLabel('Version').inputValue()).toBe('7.0.0');
    await page.getByLabel('Version').fill('1.0.1');
    await page.getByLabel('Reason').fill('Friendlier');
    await page.getByRole('button', { name: 'Move production' }).click();
    await expect.poll(() => history(page)).toEqual(['1.0.1 Friendlier', '1.0.0 Go live']);
    await page.getByRole('button', { name: 'Roll back production to 1.0.0' }).click();
    await expect.poll(() => history(page).then(([row]) => row)).toBe('1.0.0 Moved back from 1.0.1');
    await page.getByRole('button', { name: 'Remove' }).click();
    await expect.poll(() => history(page)).toHaveLength(4);
    expect((await history(page))[0]).toMatch(/^removed/);
    expect((await trpc.labels.list.query(place)).data.map(({ name }) => name)).toEqual(['latest']);
    expect(noises).toEqual([]);
    await context.close();
  });
});

/** `number reason` of each row, the newest first. */
async function history(page: Page): Promise<string[]> {
  const rows = await page.locator('main .card-rows').last().locator('> li').allInnerTexts();
  return rows.map((row) =>
    row
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
      .slice(0, 2)
      .join(' '),
  );
}
