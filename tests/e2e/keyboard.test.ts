import { expect, test } from 'vitest';
import { visit } from '../support/browser.ts';
import { readCode, tabTo, useStage } from '../support/stage.ts';

const stage = useStage();

test('from registering to a second version and a label, without a mouse', async () => {
  const { context, page, noises } = await visit(stage.browser, stage.server.url);
  const { keyboard } = page;
  await page.goto('/register');
  await keyboard.type('Mara Kern');
  await tabTo(page, 'E-mail');
  await keyboard.type(`keyboard-${Date.now()}@example.com`);
  await tabTo(page, 'Password');
  await keyboard.type('a sentence is easy to remember');
  await keyboard.press('Enter');
  await page.waitForURL(/\/o\/[^/]+$/);

  await page.locator('.cm-content').waitFor();
  await tabTo(page, 'Your prompt');
  await keyboard.insertText('Answer: {{ question }}');
  // Tab indents in the editor; Escape lets go of it.
  await keyboard.press('Escape');
  await tabTo(page, 'Publish as 1.0.0');
  await keyboard.press('Enter');
  await page.getByText('It’s live').waitFor();
  await tabTo(page, 'Edit the prompt');
  await keyboard.press('Enter');
  await page.waitForURL(/\/playground\/first\/hello$/);

  await page.locator('.cm-content[aria-label="Template"]').waitFor();
  await tabTo(page, 'Template');
  await keyboard.press('ControlOrMeta+End');
  await keyboard.insertText(' Be brief.');
  await keyboard.press('ControlOrMeta+s');
  await page.getByText('Saved · revision 2').waitFor();
  expect(await readCode(page, 'Template')).toBe('Answer: {{ question }} Be brief.');

  await keyboard.press('Escape');
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await tabTo(page, 'Publish 1.0.1');
  await keyboard.press('Enter');
  await page.waitForURL(/\/-\/publish$/);
  await tabTo(page, 'Changelog');
  await keyboard.type('Shorter answers.');
  await tabTo(page, 'Publish 1.0.1');
  await keyboard.press('Enter');
  await page.waitForURL(/\/-\/versions\/1\.0\.1$/);

  await page.goto(page.url().replace('/versions/1.0.1', '/labels'));
  await tabTo(page, 'New label');
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(page, 'Add label');
  await keyboard.press('Enter');
  await page.waitForURL(/\?label=production$/);
  await page.getByText('now', { exact: true }).first().waitFor();
  expect(noises).toEqual([]);
  await context.close();
});

test('keys pressed while a page wakes up are no error', async () => {
  const { context, page, noises } = await visit(stage.browser, stage.server.url);
  await page.addInitScript(() => {
    // One after the other from the first moment on, so that some meet every state the page passes through.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      document
        .querySelector('input')
        ?.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true }));
      port2.postMessage(undefined);
    };
    port2.postMessage(undefined);
  });
  await page.goto('/register');
  await page.waitForFunction(() => Object.keys(document.body).some((key) => key.startsWith('__reactFiber')));
  expect(noises).toEqual([]);
  await context.close();
});
