import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { makeSupportProject } from '../support/sample-content.ts';
import { enter, useStage, writeCode } from '../support/stage.ts';

const stage = useStage();
const TYPED = 'Typed and not saved';

interface Written {
  page: string;
  path: string;
  write: (page: Page) => Promise<void>;
}

const fill = (label: string) => async (page: Page) => {
  // The browser asks before a page is unloaded only after a press.
  const field = page.getByLabel(label, { exact: true }).filter({ visible: true }).last();
  await field.click();
  await field.fill(TYPED);
};

/** Every page with a form for text, beside the prompt editor, which saves on the way (editor-saving.test.ts). */
const WRITTEN: Written[] = [
  { page: 'new project', path: '/-/projects/new', write: fill('Description') },
  { page: 'new project, its name', path: '/-/projects/new', write: fill('Name') },
  { page: 'new prompt set', path: '/support/-/new-set', write: fill('Name') },
  {
    page: 'new prompt',
    path: '/support/emails/-/new-prompt',
    write: (page) => writeCode(page, 'Text', TYPED),
  },
  { page: 'publish', path: '/support/emails/-/publish', write: fill('Changelog') },
  { page: 'new API key', path: '/-/api-keys?new', write: fill('Name') },
  { page: 'new label', path: '/support/emails/-/labels?new', write: fill('Reason') },
  {
    page: 'move a label',
    path: '/support/emails/-/labels?label=production',
    write: async (page) => {
      await page.getByText('Move to').click();
      await fill('Reason')(page);
    },
  },
];

test.each(WRITTEN)('leaving typed text asks: $page', async ({ path, write }) => {
  const { context, page, me, noises } = await enter(stage);
  await makeSupportProject(me);
  await page.goto(`/o/${me.organisation}`);
  await page.goto(`/o/${me.organisation}${path}`, { waitUntil: 'networkidle' });
  await write(page);
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  const url = page.url();

  const asked = page.waitForEvent('dialog');
  page.on('dialog', (box) => void box.dismiss());
  await page.evaluate(() => history.back());
  expect((await asked).type()).toBe('beforeunload');
  expect(page.url()).toBe(url);
  // Behind a dialog a press isn’t possible, but a link can still be followed.
  await page.getByRole('link', { name: 'Home', includeHidden: true }).dispatchEvent('click');
  await question.waitFor();
  await page.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  expect(page.url()).toBe(url);
  await page.getByRole('link', { name: 'Home', includeHidden: true }).dispatchEvent('click');
  await question.getByRole('button', { name: 'Leave without saving' }).click();
  await page.waitForURL(`${stage.server.url}/o/${me.organisation}`);
  expect(noises).toEqual([]);
  await context.close();
});

test('the first prompt is asked about too, before a new project hides its page', async () => {
  const { context, page } = await enter(stage);
  await page.goto('/', { waitUntil: 'networkidle' });
  await writeCode(page, 'Your prompt', TYPED);
  await page.getByRole('link', { name: 'New project' }).click();
  await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
  await context.close();
});

test.each(['Escape', 'Cancel', 'Close'])('closing a dialog with typed text asks: %s', async (by) => {
  const { context, page, me } = await enter(stage);
  await page.goto(`/o/${me.organisation}/-/api-keys?new`, { waitUntil: 'networkidle' });
  const form = page.getByRole('dialog', { name: 'New API key' });
  await form.getByLabel('Name').fill('checkout');
  const close = () =>
    by === 'Escape' ? page.keyboard.press('Escape') : form.getByRole('link', { name: by }).click();
  await close();
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  // As long as the question is there, it takes the Escape key.
  await question.waitFor({ state: 'detached' });
  expect(await form.getByLabel('Name').inputValue()).toBe('checkout');
  await close();
  await question.getByRole('button', { name: 'Leave without saving' }).click();
  await form.waitFor({ state: 'detached' });
  await context.close();
});

test('a dialog says that it couldn’t be sent, and can be sent again without a question', async () => {
  const { context, page, me } = await enter(stage);
  await page.goto(`/o/${me.organisation}/-/api-keys?new`, { waitUntil: 'networkidle' });
  await page.getByLabel('Name').fill('checkout');
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByRole('dialog').getByText('Not saved: Anvil can’t be reached.').waitFor();
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByText('Key checkout created').waitFor();
  await context.close();
});

test('a dialog that was used isn’t opened again by Back', async () => {
  const { context, page, me } = await enter(stage);
  await me.trpc.apiKeys.create.mutate({ name: 'checkout', scopes: ['read:prompts'] });
  await page.goto(`/o/${me.organisation}/-/api-keys`, { waitUntil: 'networkidle' });
  const url = page.url();
  await page.getByRole('link', { name: /^Revoke/ }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Revoke/ })
    .click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.goBack();
  await expect.poll(() => page.url()).toBe(url);
  expect(await page.getByRole('dialog').count()).toBe(0);
  await context.close();
});

test('nothing is asked after sending, nor for a form that nobody typed into', async () => {
  const { context, page, me } = await enter(stage);
  await makeSupportProject(me);
  const base = `/o/${me.organisation}/support/emails`;
  const home = async () => {
    await page.getByRole('link', { name: 'Home' }).click();
    await page.waitForURL(`${stage.server.url}/o/${me.organisation}`);
  };
  await page.goto(`${base}/-/labels?new`, { waitUntil: 'networkidle' });
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.goto(`${base}/-/labels?label=production`, { waitUntil: 'networkidle' });
  await page.getByText('Move to').click();
  const menu = page.locator('details[open]');
  await menu.getByLabel('Version').fill('1.1.1');
  await menu.getByLabel('Reason').fill('Read by legal');
  await page.getByRole('button', { name: 'Move production' }).click();
  await page.getByText('Read by legal').waitFor();
  await home();
  await page.goto(`/o/${me.organisation}/-/api-keys?new`, { waitUntil: 'networkidle' });
  await page.getByLabel('Name').fill('checkout');
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByText('Key checkout created').waitFor();
  await home();
  await page.goto(`${base}/-/publish`, { waitUntil: 'networkidle' });
  await page.getByLabel('Changelog').fill('A tone for refunds.');
  await page.getByRole('button', { name: /^Publish/ }).click();
  await page.waitForURL(/\/-\/versions\/[\d.]+$/);
  await home();
  await context.close();
});

test('signing out asks about a changelog, which this browser doesn’t keep', async () => {
  const { context, page, me } = await enter(stage);
  await makeSupportProject(me);
  await page.goto(`/o/${me.organisation}/support/emails/-/publish`, { waitUntil: 'networkidle' });
  await page.getByLabel('Changelog').fill(TYPED);
  await page.getByLabel(/^Account of/).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  await question.getByRole('button', { name: 'Leave without saving' }).click();
  await page.waitForURL(/\/sign-in/);
  await context.close();
});
