import { describe, expect, test } from 'vitest';
import { visit } from '../support/browser.ts';
import { signUp } from '../support/sample-content.ts';
import { enter, tabTo, useStage } from '../support/stage.ts';

const stage = useStage();
const both = [{ javaScript: true }, { javaScript: false }];

describe('registering', () => {
  test.each(both)(
    'a taken address is said at its field and what was typed stays, with JavaScript: $javaScript',
    async ({ javaScript }) => {
      const { email } = await signUp(stage.server.url);
      const { context, page, noises } = await visit(stage.browser, stage.server.url, { javaScript });
      await page.goto('/register');
      await page.getByLabel('Name').fill('Jonas Weber');
      await page.getByLabel('E-mail').fill(email);
      await page.getByLabel('Password').fill('a sentence is easy to remember');
      await page.getByRole('button', { name: 'Create account' }).click();

      await page.locator('[aria-invalid="true"]').waitFor();
      const field = page.getByLabel('E-mail');
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      const described = (await field.getAttribute('aria-describedby'))?.split(' ')[0] ?? '';
      expect(await page.locator(`[id="${described}"]`).innerText()).toMatch(/account|taken|address/i);
      expect(await page.getByLabel('Name').inputValue()).toBe('Jonas Weber');
      expect(await field.inputValue()).toBe(email);
      expect(noises).toEqual([]);
      await context.close();
    },
  );
});

describe('signing in', () => {
  test.each(both)(
    'leads where one wanted to go, and out again, with JavaScript: $javaScript',
    async ({ javaScript }) => {
      const { email, password, organisation } = await signUp(stage.server.url);
      const { context, page, noises } = await visit(stage.browser, stage.server.url, { javaScript });
      await page.goto(`/o/${organisation}/-/projects`);
      await page.waitForURL(/\/sign-in\?to=/);
      await page.getByLabel('E-mail').fill(email);
      await page.getByLabel('Password').fill('not the password at all');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      expect(await page.getByLabel('E-mail').inputValue()).toBe(email);
      expect(await page.getByLabel('Password').inputValue()).not.toBe(password);

      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${stage.server.url}/o/${organisation}/-/projects`);

      await page.getByLabel('Account of Mara Kern').click();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(/\/sign-in$/);
      await page.goto(`/o/${organisation}`);
      await page.waitForURL(/\/sign-in\?to=/);
      expect(noises).toEqual([]);
      await context.close();
    },
  );

  test('goes by keyboard alone, and out again', async () => {
    const { email, password, organisation } = await signUp(stage.server.url);
    const { context, page } = await visit(stage.browser, stage.server.url);
    await page.goto('/register');
    await tabTo(page, 'Sign in');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sign-in$/);
    // The first field has the focus already.
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('email');
    await page.keyboard.type(email);
    await tabTo(page, 'Password');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/o/${organisation}$`));
    await tabTo(page, 'Account of Mara Kern (MK)');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Sign out');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sign-in$/);
    await context.close();
  });
});

describe('the theme', () => {
  test.each(both)(
    'that was chosen is in the first byte of the next page, with JavaScript: $javaScript',
    async ({ javaScript }) => {
      const { context, page, me } = await enter(stage, { javaScript, theme: 'light' });
      await page.goto(`/o/${me.organisation}`);
      const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const light = await ground();
      await page.getByLabel('Account of Mara Kern').click();
      await page.getByRole('button', { name: 'Dark' }).click();
      await expect.poll(ground).not.toBe(light);
      // No flash: the document says it itself, no script has to.
      expect(await (await page.request.get('/sign-in')).text()).toMatch(/<html[^>]*data-theme="dark"/);
      await page.goto(`/o/${me.organisation}/-/projects`);
      expect(await ground()).not.toBe(light);
      await context.close();
    },
  );
});
