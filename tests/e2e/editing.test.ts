import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { SignedIn } from '../support/sample-content.ts';
import { enter, readCode, useStage, writeCode } from '../support/stage.ts';

const stage = useStage();
const both = [{ javaScript: true }, { javaScript: false }];

describe.each(both)('editing with JavaScript: $javaScript', ({ javaScript }) => {
  test('a text prompt is written, gets a parameter, and is kept as revisions', async () => {
    const { context, page, me, noises } = await enter(stage, { javaScript });
    const base = await makeSet(me);
    await page.goto(base);
    await page.getByRole('link', { name: 'Write the first prompt' }).click();
    await page.getByLabel('Name').fill('Refund');
    await writeCode(page, 'Text', 'Refund {{ order }} kindly.', javaScript);
    await page.getByRole('button', { name: 'Create prompt' }).click();
    await page.waitForURL(`${stage.server.url}${base}/refund`);
    // What the text reads has become a parameter.
    expect(await parameters(page)).toEqual(['order']);

    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const added = page.locator('details', { has: page.locator('[name="parameters[1][name]"]') });
    await added.locator('[name="parameters[1][name]"]').fill('tone');
    await added.locator('[name="parameters[1][presence]"]').selectOption('optional');
    await added.locator('[name="parameters[1][default]"]').fill('warm');
    await writeCode(page, 'Template', 'Refund {{ order }}, sounding {{ tone }}.', javaScript);
    await page.getByRole('button', { name: 'Render' }).click();
    await expect.poll(() => preview(page)).toContain('sounding warm.');
    // Previewing saves nothing.
    expect((await draft(me, 'refund')).revision).toBe(1);

    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved · revision 2').waitFor();
    expect((await draft(me, 'refund')).content).toMatchObject({
      template: 'Refund {{ order }}, sounding {{ tone }}.',
      parameters: [{ name: 'order' }, { name: 'tone', required: false, default: 'warm' }],
    });

    await page.getByRole('link', { name: 'History' }).click();
    await page.getByText('What revision 2 changed').waitFor();
    const history = await page.locator('main').innerText();
    expect(history).toContain('Revision 1');
    expect(history).toContain('kindly');
    await page.getByText('Revision 1', { exact: true }).first().click();
    await page.getByRole('button', { name: 'Restore this revision' }).click();
    await page.waitForURL(`${stage.server.url}${base}/refund`);
    expect((await draft(me, 'refund')).content).toMatchObject({ template: 'Refund {{ order }} kindly.' });
    expect(noises).toEqual([]);
    await context.close();
  });

  test('a chat prompt takes messages and a placeholder for the caller’s own', async () => {
    const { context, page, me, noises } = await enter(stage, { javaScript });
    const base = await makeSet(me);
    await page.goto(`${base}/-/new-prompt`);
    await page.getByLabel('Name').fill('Answer');
    await page.getByRole('radio', { name: /^Chat/ }).check();
    await writeCode(page, 'Text', 'You answer for {{ shop }}.', javaScript);
    await page.getByRole('button', { name: 'Create prompt' }).click();
    await page.waitForURL(`${stage.server.url}${base}/answer`);
    await page.locator('[name="messages[0][role]"]').selectOption('system');
    await page.getByRole('button', { name: 'Add a placeholder' }).click();
    await page.locator('[name="messages[1][content]"]').fill('history');
    await page.getByRole('button', { name: 'Render' }).click();
    await page.getByRole('button', { name: 'Add the parameter history' }).click();
    await page.locator('[name="parameters[1][name]"]').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved · revision 2').waitFor();
    expect((await draft(me, 'answer')).content).toMatchObject({
      kind: 'chat',
      messages: [{ role: 'system', content: 'You answer for {{ shop }}.' }, { placeholder: 'history' }],
      parameters: [{ name: 'shop' }, { name: 'history', type: 'messages' }],
    });
    expect(noises).toEqual([]);
    await context.close();
  });

  test('a text becomes a chat, and a chat one text, and nothing typed is lost', async () => {
    const { context, page, me, noises } = await enter(stage, { javaScript });
    const base = await makeSet(me);
    await makePrompt(me, 'Hello');
    await page.goto(`${base}/letter`);
    await writeCode(page, 'Template', 'Good morning', javaScript);
    await page.getByRole('button', { name: 'Convert to chat' }).click();
    await page.locator('[name="messages[0][role]"]').selectOption('system');
    await page.getByRole('button', { name: 'Add a message' }).click();
    await page.locator('[name="messages[1][content]"]').waitFor({ state: 'attached' });
    expect(await readCode(page, 'Message 1, system', javaScript)).toBe('Good morning');
    await page.getByRole('button', { name: 'Convert to text' }).click();
    await page.getByRole('button', { name: 'Convert to chat' }).click();
    await page.locator('[name="messages[1][content]"]').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved · revision 2').waitFor();
    expect((await draft(me, 'letter')).content).toMatchObject({
      kind: 'chat',
      messages: [{ role: 'system', content: 'Good morning' }, { content: '' }],
    });
    expect(noises).toEqual([]);
    await context.close();
  });

  test('a syntax error is shown at its line, and what was typed stays', async () => {
    const { context, page, me, noises } = await enter(stage, { javaScript });
    const base = await makeSet(me);
    await makePrompt(me, 'Hello');
    await page.goto(`${base}/letter`);
    const typed = 'One\nTwo {{ name }}\nThree {% if name %} and no end';
    await writeCode(page, 'Template', typed, javaScript);
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => page.locator('footer').innerText()).toMatch(/line 3/i);
    expect(await readCode(page, 'Template', javaScript)).toBe(typed);
    expect((await draft(me, 'letter')).revision).toBe(1);

    await page.goto(`${base}/-/new-prompt`);
    await page.getByLabel('Name').fill('Second');
    await writeCode(page, 'Text', typed, javaScript);
    await page.getByRole('button', { name: 'Create prompt' }).click();
    await page.locator('textarea[aria-invalid="true"]').waitFor({ state: 'attached' });
    expect(await page.locator('main').innerText()).toMatch(/line 3/i);
    expect(await readCode(page, 'Text', javaScript)).toBe(typed);
    expect(await page.getByLabel('Name').inputValue()).toBe('Second');
    expect(noises).toEqual([]);
    await context.close();
  });

  test('two who save on the same revision both keep their text', async () => {
    const { context, page, me, noises } = await enter(stage, { javaScript });
    const base = await makeSet(me);
    await makePrompt(me, 'Hello,\nhow are you?');
    const other = await enter(stage, { javaScript, who: me });
    for (const each of [page, other.page]) await each.goto(`${base}/letter`);
    await writeCode(other.page, 'Template', 'Good evening,\nhow are you?', javaScript);
    await other.page.getByRole('button', { name: 'Save' }).click();
    await other.page.getByText('Saved · revision 2').waitFor();

    await writeCode(page, 'Template', 'Hello,\nhow is your dog?', javaScript);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('saved while you were writing').waitFor();
    expect(await readCode(page, 'Yours: template', javaScript)).toBe('Hello,\nhow is your dog?');
    expect(await page.getByLabel('The other text').innerText()).toMatch(/Good evening,[^]*how are you\?/);
    expect((await draft(me, 'letter')).content).toMatchObject({ template: 'Good evening,\nhow are you?' });

    await page.getByRole('button', { name: 'Keep mine as a copy' }).click();
    await page.waitForURL(/\/letter-copy/);
    expect((await draft(me, 'letter-copy')).content).toMatchObject({ template: 'Hello,\nhow is your dog?' });
    expect((await draft(me, 'letter')).content).toMatchObject({ template: 'Good evening,\nhow are you?' });
    expect([...noises, ...other.noises]).toEqual([]);
    await context.close();
    await other.context.close();
  });

  test('what was typed into a prompt that somebody archived meanwhile stays, and can be saved after all', async () => {
    const { context, page, me, noises } = await enter(stage, { javaScript });
    const base = await makeSet(me);
    await makePrompt(me, 'Hello');
    await page.goto(`${base}/letter`);
    const { id } = await draft(me, 'letter');
    await me.trpc.prompts.archive.mutate({ prompt_id: id, revision: 1 });
    await writeCode(page, 'Template', 'Typed for an hour', javaScript);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('This prompt is archived').waitFor();
    expect(await readCode(page, 'Template', javaScript)).toBe('Typed for an hour');
    await page.getByRole('button', { name: 'Restore it and save' }).waitFor();
    expect(await page.getByText('Fix the marked fields').count()).toBe(0);
    await page.getByRole('button', { name: 'Restore it and save' }).click();
    await page.getByText('Saved · revision 2').waitFor();
    expect(await draft(me, 'letter')).toMatchObject({
      archived: false,
      content: { template: 'Typed for an hour' },
    });
    expect(noises).toEqual([]);
    await context.close();
  });

  test('in a conflict, mine can be saved after all: both are revisions', async () => {
    const { context, page, me } = await enter(stage, { javaScript });
    const base = await makeSet(me);
    await makePrompt(me, 'Hello');
    await page.goto(`${base}/letter`);
    const { id } = await draft(me, 'letter');
    const content = { kind: 'text' as const, template: 'Theirs', parameters: [], config: '{}' };
    await me.trpc.prompts.update.mutate({ prompt_id: id, revision: 1, content });
    await writeCode(page, 'Template', 'Mine', javaScript);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Save mine as revision 3' }).click();
    await page.getByText('Saved · revision 3').waitFor();
    const texts = await Promise.all(
      [2, 3].map(
        async (number) => (await me.trpc.prompts.getRevision.query({ prompt_id: id, number })).content,
      ),
    );
    expect(texts).toMatchObject([{ template: 'Theirs' }, { template: 'Mine' }]);
    await context.close();
  });
});

const PLACE = { project: 'support', set: 'emails' };

/** @returns the address of the page of a new, empty set */
async function makeSet({ trpc, organisation }: SignedIn): Promise<string> {
  await trpc.projects.create.mutate({ name: 'Support' });
  await trpc.promptSets.create.mutate({ project: 'support', name: 'Emails' });
  return `/o/${organisation}/support/emails`;
}

async function makePrompt({ trpc }: SignedIn, template: string): Promise<void> {
  const content = { kind: 'text' as const, template, parameters: [], config: '{}' };
  await trpc.prompts.create.mutate({ ...PLACE, name: 'Letter', content });
}

function draft({ trpc }: SignedIn, prompt: string) {
  return trpc.prompts.get.query({ ...PLACE, prompt });
}

function parameters(page: Page): Promise<string[]> {
  return page
    .locator('section[aria-labelledby="parameters-title"] summary code:first-of-type')
    .allInnerTexts();
}

function preview(page: Page): Promise<string> {
  return page.getByLabel('Rendered output', { exact: true }).innerText();
}
