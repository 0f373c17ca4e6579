import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { edit, makeSupportProject, publish, type Place, type SignedIn } from '../support/sample-content.ts';
import { enter, useStage } from '../support/stage.ts';

const stage = useStage();
const both = [{ javaScript: true }, { javaScript: false }];

const text = (template: string) => ({ kind: 'text' as const, template, parameters: [], config: '{}' });

/** An unpublished set `support/rules` with prompts of these names by slug. */
async function makeRules({ trpc, organisation }: SignedIn, names: Record<string, string>): Promise<Place> {
  const place = { organisation, project: 'support', set: 'rules' };
  await trpc.projects.create.mutate({ organisation, name: 'Support' });
  await trpc.promptSets.create.mutate({ organisation, project: 'support', name: 'Rules' });
  for (const [slug, name] of Object.entries(names))
    await trpc.prompts.create.mutate({ ...place, slug, name, content: text(`Follow ${slug}.`) });
  return place;
}

/** Slug and name of each row. */
async function rowsOf(page: Page): Promise<string[]> {
  const rows = await page.locator('main tbody th').allInnerTexts();
  return rows.map((row) => row.split(/\n+/).join(' '));
}

describe.each(both)('with JavaScript: $javaScript', ({ javaScript }) => {
  test('a list shows names, sorts numbers by value, and can be searched', async () => {
    const { context, page, me, noises } = await enter(stage, { javaScript });
    const rules = Object.fromEntries(
      Array.from({ length: 11 }, (_, at) => [`rule-${at + 1}`, `Rule number ${at + 1}`]),
    );
    await makeRules(me, { ...rules, prompt: 'مرحبا بالعملاء' });
    await page.goto(`/o/${me.organisation}/support/rules`);
    expect(await rowsOf(page)).toEqual([
      'prompt مرحبا بالعملاء',
      ...Object.entries(rules).map(([slug, name]) => `${slug} ${name}`),
    ]);
    const search = page.getByRole('searchbox', { name: 'Search prompts by name or slug' });
    await search.fill('بالعملاء');
    await search.press('Enter');
    await expect.poll(() => rowsOf(page)).toEqual(['prompt مرحبا بالعملاء']);
    await search.fill('NUMBER 11');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect.poll(() => rowsOf(page)).toEqual(['rule-11 Rule number 11']);
    await search.fill('nothing like it');
    await search.press('Enter');
    await page.getByText('No prompt matches “nothing like it”.').waitFor();
    await page.getByRole('link', { name: 'Clear the search' }).click();
    await expect.poll(() => rowsOf(page)).toHaveLength(12);
    expect(noises).toEqual([]);
    await context.close();
  });

  test('a first version is one line without a level', async () => {
    const { context, page, me } = await enter(stage, { javaScript });
    const place = await makeRules(me, { one: 'One', two: 'Two' });
    const base = `/o/${me.organisation}/support/rules`;
    await page.goto(`${base}/-/publish`);
    await page.getByText('2 prompts, first version.').waitFor();
    expect(await page.locator('main').innerText()).not.toMatch(/minor or higher|is new|Text changes/);
    await publish(me.trpc, place, '');
    for (const path of ['/-/versions', '/-/versions/1.0.0']) {
      await page.goto(base + path);
      await page.locator('main').getByText('first', { exact: true }).filter({ visible: true }).waitFor();
      expect(await page.getByText('minor', { exact: true }).filter({ visible: true }).count()).toBe(0);
    }
    await context.close();
  });

  test('the publish page and the page of the version show the texts that changed', async () => {
    const { context, page, me, noises } = await enter(stage, { javaScript });
    const place = await makeRules(me, { one: 'One', two: 'Two', three: 'Three' });
    const base = `/o/${me.organisation}/support/rules`;
    await publish(me.trpc, place, '');
    await edit(me.trpc, place, 'one', text('Follow one, always.'));
    await me.trpc.prompts.create.mutate({ ...place, name: 'Four', content: text('Follow four.') });
    const { id, revision } = await me.trpc.prompts.get.query({ ...place, prompt: 'two' });
    await me.trpc.prompts.archive.mutate({ organisation: me.organisation, prompt_id: id, revision });

    const expectTexts = async (to: string): Promise<void> => {
      const changes = page.locator('section', { has: page.getByRole('heading', { name: 'Text changes' }) });
      await changes.getByText(`1.0.0 → ${to}`).waitFor();
      expect(await changes.locator('summary').allInnerTexts()).toEqual([
        expect.stringMatching(/^four\s+Four\s+new/),
        expect.stringMatching(/^one\s+One/),
        expect.stringMatching(/^two\s+Two\s+removed/),
      ]);
      // An edited text is open. A new and a removed one open on request.
      const table = page.getByRole('table', { name: `1.0.0 compared with ${to}` });
      expect(await table.filter({ visible: true }).count()).toBe(1);
      expect(await table.filter({ visible: true }).innerText()).toMatch(
        /Follow one\.[^]*Follow one, always\./,
      );
      await changes.locator('summary').first().click();
      expect(await table.filter({ visible: true }).first().innerText()).toContain('Follow four.');
    };
    await page.goto(`${base}/-/publish`);
    await expectTexts('draft');
    await page
      .getByLabel('Changelog')
      .fill('- **one** is stricter\n- see https://example.com/1\n\n<b>raw</b>');
    await page.getByRole('button', { name: /^Publish/ }).click();
    await page.waitForURL(/\/-\/versions\/2\.0\.0$/);
    await expectTexts('2.0.0');
    expect(await page.locator('.prose li strong').innerText()).toBe('one');
    expect(await page.locator('.prose a').getAttribute('href')).toBe('https://example.com/1');
    expect(await page.locator('.prose').innerText()).toContain('<b>raw</b>');
    await page.goto(`${base}/-/versions`);
    await page.getByText('one is stricter', { exact: true }).waitFor();
    expect(noises).toEqual([]);
    await context.close();
  });

  test('a version that only lost a prompt promises responses only for calls that still work', async () => {
    const { context, page, me } = await enter(stage, { javaScript });
    const place = await makeRules(me, { one: 'One', two: 'Two' });
    await publish(me.trpc, place, '');
    const { id, revision } = await me.trpc.prompts.get.query({ ...place, prompt: 'two' });
    await me.trpc.prompts.archive.mutate({ organisation: me.organisation, prompt_id: id, revision });
    await publish(me.trpc, place, '');
    await page.goto(`/o/${me.organisation}/support/rules/-/versions/2.0.0`);
    await page.getByText('unchanged, for calls that still work').waitFor();
    await context.close();
  });

  test('archiving a prompt can be undone on the next page', async () => {
    const { context, page, me, noises } = await enter(stage, { javaScript });
    await makeRules(me, { one: 'One', two: 'Two' });
    const base = `/o/${me.organisation}/support/rules`;
    await page.goto(`${base}/two`);
    await page.getByRole('button', { name: 'Archive' }).click();
    await page.getByText('two was archived.').waitFor();
    expect(await rowsOf(page)).toEqual(['one One']);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.waitForURL(`${stage.server.url}${base}/two`);
    await page.goto(`${base}?archived_prompt=two`);
    expect(await rowsOf(page)).toEqual(['one One', 'two Two']);
    expect(await page.getByText('was archived').count()).toBe(0);
    expect(noises).toEqual([]);
    await context.close();
  });

  test('an older revision can be restored, and its parameters are compared as words', async () => {
    const { context, page, me } = await enter(stage, { javaScript });
    const place = await makeSupportProject(me);
    const path = `/o/${me.organisation}/support/emails/escalation`;
    await page.goto(`${path}/-/revisions?number=1`);
    const { content } = await me.trpc.prompts.get.query({ ...place, prompt: 'escalation' });
    await page.getByRole('button', { name: 'Restore this revision' }).click();
    await page.waitForURL(`${stage.server.url}${path}`);
    const restored = await me.trpc.prompts.get.query({ ...place, prompt: 'escalation' });
    expect([restored.revision, restored.content]).not.toEqual([2, content]);
    await edit(me.trpc, place, 'escalation', {
      ...restored.content,
      parameters: [
        ...restored.content.parameters,
        { name: 'sort', type: 'string', required: false, default: 'up' },
      ],
    });
    await page.goto(`${path}/-/revisions`);
    const diff = await page.locator('.diff').innerText();
    expect(diff).toContain('sort: string, optional, default "up"');
    expect(diff).not.toContain('{"name"');
    await context.close();
  });

  test('an address that no page answers keeps the frame of the organisation', async () => {
    const { context, page, me } = await enter(stage, { javaScript });
    await makeRules(me, { one: 'One' });
    for (const path of ['/support/rules/-/nothing', '/-/nothing', '/support/nothing']) {
      const answer = await page.goto(`/o/${me.organisation}${path}`);
      expect(answer?.status()).toBe(404);
      const side = page.getByRole('navigation', { name: 'Organisation' });
      expect(await side.getByRole('link', { name: 'Projects' }).count()).toBe(1);
      expect(await page.getByLabel('Account of Mara Kern').count()).toBe(1);
      expect(await page.locator('main').count()).toBe(1);
    }
    await context.close();
  });
});

test('the side bar says when a project has more prompt sets than it lists', async () => {
  const { context, page, me } = await enter(stage);
  const { trpc, organisation } = me;
  await trpc.projects.create.mutate({ organisation, name: 'Many' });
  for (let number = 1; number <= 51; number++)
    await trpc.promptSets.create.mutate({ organisation, project: 'many', name: `Set ${number}` });
  await page.goto(`/o/${organisation}/many/set-1`);
  const side = page.getByRole('navigation', { name: 'Organisation' });
  expect(await side.getByRole('link', { name: 'set-50' }).count()).toBe(1);
  expect(await side.getByRole('link', { name: 'set-51' }).count()).toBe(0);
  await side.getByRole('link', { name: 'All prompt sets' }).click();
  await page.waitForURL(`${stage.server.url}/o/${organisation}/many`);
  await context.close();
});

describe('times', () => {
  test('are no tab stops, say the exact time, and show it on hover until Escape', async () => {
    const { context, page, me, noises } = await enter(stage);
    await makeRules(me, { one: 'One', two: 'Two' });
    await page.goto(`/o/${me.organisation}/support/rules`, { waitUntil: 'networkidle' });
    const time = page.locator('main tbody time').first();
    expect(await page.locator('time[tabindex]').count()).toBe(0);
    const value = (await time.getAttribute('datetime')) ?? '';
    const minute = `${value.slice(0, 16).replace('T', ' ')} UTC`;
    const exact = `${value.slice(0, 19).replace('T', ' ')} UTC`;
    expect(await time.textContent()).toContain(minute);
    await time.hover();
    await page.getByText(exact).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText(exact).waitFor({ state: 'detached' });
    expect(noises).toEqual([]);
    await context.close();
  });

  test('show the exact time on a tap, until the next one', async () => {
    const { context: desk, me } = await enter(stage);
    await makeRules(me, { one: 'One' });
    await desk.close();
    const context = await stage.browser.newContext({
      baseURL: stage.server.url,
      hasTouch: true,
      viewport: { width: 390, height: 844 },
    });
    await context.addCookies([{ ...me.cookie, url: stage.server.url }]);
    const page = await context.newPage();
    await page.goto(`/o/${me.organisation}/support/rules`, { waitUntil: 'networkidle' });
    const time = page.locator('main tbody time').first();
    const value = (await time.getAttribute('datetime')) ?? '';
    const exact = page.getByText(`${value.slice(0, 19).replace('T', ' ')} UTC`);
    await time.tap();
    await exact.waitFor();
    await page.getByRole('heading', { level: 1 }).tap();
    await exact.waitFor({ state: 'detached' });
    await context.close();
  });
});
