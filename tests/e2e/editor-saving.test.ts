import type { Page, Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { endSession, type SignedIn } from '../support/sample-content.ts';
import { enter, readCode, useStage, writeCode } from '../support/stage.ts';

const stage = useStage();
const PLACE = { project: 'support', set: 'emails' };
const NOT_SAVED = 'Not saved: Anvil can’t be reached. Your text is kept.';

test('a save while offline keeps the editor and its text, and succeeds once the connection is back', async () => {
  const { context, page, me, noises } = await openEditor();
  await context.setOffline(true);
  await typeAtEnd(page, ' typed offline');
  await page.keyboard.press('ControlOrMeta+s');
  await page.getByText(NOT_SAVED).waitFor();
  expect(await readCode(page, 'Template')).toBe('Hello typed offline');
  await context.setOffline(false);
  await typeAtEnd(page, ' and online');
  await page.keyboard.press('ControlOrMeta+s');
  await page.getByText('Saved · revision 2').waitFor();
  expect(await page.getByText(NOT_SAVED).count()).toBe(0);
  expect(await template(me)).toBe('Hello typed offline and online');
  expect(noises).toEqual([]);
  await context.close();
});

test('text that was typed just before the page is left is offered again', async () => {
  const { context, page } = await openEditor();
  await typeAtEnd(page, ' last');
  await page.goto('about:blank');
  await page.goBack();
  await page.getByText('Unsaved text was found here').waitFor();
  await page.getByRole('button', { name: 'Restore' }).click();
  await expect.poll(() => readCode(page, 'Template')).toBe('Hello last');
  await context.close();
});

test('a save during a restart of the server keeps the editor, and succeeds afterwards', async () => {
  const { context, page, me } = await openEditor();
  await stage.server.kill();
  await typeAtEnd(page, ' in a restart');
  await page.keyboard.press('ControlOrMeta+s');
  await page.getByText(NOT_SAVED).waitFor();
  await stage.server.startAgain();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Saved · revision 2').waitFor();
  expect(await template(me)).toBe('Hello in a restart');
  await context.close();
});

test('a save whose answer was lost doesn’t conflict with the next one', async () => {
  const { context, page, me } = await openEditor();
  await typeAtEnd(page, ' one');
  await page.route(isPrompt, async (route) => {
    await route.fetch({ headers: { ...(await route.request().allHeaders()), origin: stage.server.url } });
    await route.abort('connectionreset');
  });
  await page.keyboard.press('ControlOrMeta+s');
  await page.getByText(NOT_SAVED).waitFor();
  expect(await template(me)).toBe('Hello one');
  await page.unroute(isPrompt);
  await typeAtEnd(page, ' two');
  await page.keyboard.press('ControlOrMeta+s');
  await page.getByText('Saved · revision 3').waitFor();
  expect(await template(me)).toBe('Hello one two');
  await context.close();
});

test('links and forms of other pages keep the page while offline, and work afterwards', async () => {
  const { context, page, base, noises } = await openEditor();
  await page.goto(`${base}/-/labels?new`);
  await page.getByLabel('Name').fill('staging');
  await page.goto(`${base}/-/new-prompt`);
  await page.getByLabel('Name').fill('Second');
  await writeCode(page, 'Text', 'A new text');
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText(NOT_SAVED).waitFor();
  expect(await page.getByLabel('Name').inputValue()).toBe('Second');
  expect(await readCode(page, 'Text')).toBe('A new text');

  // The script of the next page was never loaded.
  await page.getByRole('link', { name: 'API keys' }).click();
  await page.getByRole('button', { name: 'Leave without saving' }).click();
  await page.getByText('Try again').first().waitFor();
  expect(await readCode(page, 'Text')).toBe('A new text');
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  // Remix logs that it couldn’t load the script.
  expect(noises.filter((noise) => !/loading route module|dynamically imported/.test(noise))).toEqual([]);
  await context.close();
});

test('a save after the session has ended keeps the text, and succeeds after signing in in a new tab', async () => {
  const { context, page, me } = await openEditor();
  await endSession(stage.server.url, me);
  await typeAtEnd(page, ' without a session');
  await page.keyboard.press('ControlOrMeta+s');
  await page.getByText('Not saved: your session has ended.').waitFor();
  expect(await readCode(page, 'Template')).toBe('Hello without a session');
  const opened = context.waitForEvent('page');
  await page.getByRole('link', { name: 'Sign in' }).click();
  const tab = await opened;
  await tab.getByLabel('E-mail').fill(me.email);
  await tab.getByLabel('Password').fill(me.password);
  await tab.getByRole('button', { name: 'Sign in', exact: true }).click();
  await tab.waitForURL(/\/letter$/);
  await page.getByRole('button', { name: /^Save( Ctrl S)?$/ }).click();
  await page.getByText('Saved · revision 2').waitFor();
  expect(await readCode(page, 'Template')).toBe('Hello without a session');
  await context.close();
});

test.each(['key', 'button'])('a second save by %s waits for the first, without a conflict', async (by) => {
  const { context, page, me } = await openEditor();
  const held: Route[] = [];
  await page.route(isPrompt, (route) =>
    route.request().method() === 'POST' ? void held.push(route) : route.continue(),
  );
  const save = () =>
    by === 'key'
      ? page.keyboard.press('ControlOrMeta+s')
      : page.getByRole('button', { name: /^Save( Ctrl S)?$/ }).click();
  await typeAtEnd(page, ' one');
  await save();
  await expect.poll(() => held.length).toBe(1);
  await typeAtEnd(page, ' two');
  await save();
  await typeAtEnd(page, ' three');
  await save();
  await page.getByText('Saving …').waitFor();
  await held[0]?.continue();
  await expect.poll(() => held.length).toBe(2);
  await held[1]?.continue();
  await page.getByText('Saved · revision 3').waitFor();
  expect(await template(me)).toBe('Hello one two three');
  expect(held).toHaveLength(2);
  await context.close();
});

test('publishing saves what is on the screen first, or says why it can’t', async () => {
  const { context, page, me } = await openEditor();
  await typeAtEnd(page, ' {% if');
  await page.getByRole('button', { name: 'Publish your changes' }).click();
  await page.getByText(/^Not saved: .*line 1/).waitFor();
  expect(page.url()).toMatch(/\/letter$/);
  await writeCode(page, 'Template', 'Ready');
  await page.getByRole('button', { name: 'Publish your changes' }).click();
  await page.waitForURL(/\/-\/publish$/);
  expect(await template(me)).toBe('Ready');
  await context.close();
});

test('leaving with unsaved text asks, and saves when told to', async () => {
  const { context, page, me } = await openEditor();
  await typeAtEnd(page, ' unsaved');
  await page.getByRole('link', { name: 'History' }).click();
  const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await readCode(page, 'Template')).toBe('Hello unsaved');
  await page.goBack();
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  expect(page.url()).toMatch(/\/letter$/);

  const asked = page.waitForEvent('dialog');
  page.on('dialog', (box) => void box.dismiss());
  void page.close({ runBeforeUnload: true });
  expect((await asked).type()).toBe('beforeunload');
  expect(await readCode(page, 'Template')).toBe('Hello unsaved');

  await page.getByRole('link', { name: 'History' }).click();
  await dialog.getByRole('button', { name: 'Save and leave' }).click();
  await page.waitForURL(/\/-\/revisions$/);
  expect(await template(me)).toBe('Hello unsaved');
  await context.close();
});

test('signing out removes kept text after asking', async () => {
  const { context, page } = await openEditor();
  await typeAtEnd(page, ' secret');
  await expect.poll(() => keptDrafts(page)).toBe(1);
  const signOut = async () => {
    await page.getByLabel(/^Account of/).click();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  };
  await signOut();
  await page.getByRole('button', { name: 'Cancel' }).click();
  expect(await keptDrafts(page)).toBe(1);
  await page.getByRole('button', { name: /^Save( Ctrl S)?$/ }).click();
  await page.getByText('Saved · revision 2').waitFor();
  expect(await keptDrafts(page)).toBe(0);
  // Sooner than the pause after which text is kept.
  await typeAtEnd(page, ' again');
  await signOut();
  await page.getByRole('button', { name: 'Discard and sign out' }).click();
  await page.waitForURL(/\/sign-in/);
  expect(await keptDrafts(page)).toBe(0);
  await context.close();
});

async function openEditor() {
  const visitor = await enter(stage);
  const { trpc, organisation } = visitor.me;
  await trpc.projects.create.mutate({ name: 'Support' });
  await trpc.promptSets.create.mutate({ project: 'support', name: 'Emails' });
  const content = { kind: 'text' as const, template: 'Hello', parameters: [], config: '{}' };
  await trpc.prompts.create.mutate({ ...PLACE, name: 'Letter', content });
  const base = `/o/${organisation}/support/emails`;
  await visitor.page.goto(base);
  await visitor.page
    .getByRole('link', { name: /letter/i })
    .first()
    .click();
  await visitor.page.locator('.cm-content').first().waitFor();
  return { ...visitor, base };
}

/** Types key by key at the end of the template. */
async function typeAtEnd(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content[aria-label="Template"]').click();
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.type(text);
}

async function template({ trpc }: SignedIn): Promise<string | undefined> {
  const { content } = await trpc.prompts.get.query({ ...PLACE, prompt: 'letter' });
  return content.kind === 'text' ? content.template : undefined;
}

function isPrompt(url: URL): boolean {
  return url.pathname.endsWith('/letter.data');
}

function keptDrafts(page: Page): Promise<number> {
  return page.evaluate(
    () => Object.keys(localStorage).filter((key) => key.startsWith('anvil:draft:')).length,
  );
}
