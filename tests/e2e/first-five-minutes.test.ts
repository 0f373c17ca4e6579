import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  launchBrowser,
  register,
  SCREENS,
  visit,
} from '../support/browser.ts';
import { LITERAL_TEXT } from '../support/literal-prompts.ts';
import { startBuiltServer, type RunningServer } from '../support/running-server.ts';

const run = promisify(execFile);
const PROMPT = 'You answer customers of {{ shop }}. Be brief, warm and exact.\n\nQuestion: {{ question }}';

let server: RunningServer;
let browser: Browser;

beforeAll(async () => {
  server = await startBuiltServer();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

const cases = (Object.keys(SCREENS) as (keyof typeof SCREENS)[]).flatMap((screen) => [
  { screen, javaScript: true },
  { screen, javaScript: false },
]);

describe('from registering to a line that works', () => {
  test.each(cases)('on a $screen, with JavaScript: $javaScript', async ({ screen, javaScript }) => {
    const { context, page, noises } = await visit(browser, server.url, { screen, javaScript });
    await register(page);
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toContain('Mara');
    if (javaScript) {
      await page.locator('.cm-content').click();
      await page.keyboard.insertText(PROMPT);
      await expect
        .poll(() => page.getByText('Parameters found').locator('..').textContent())
        .toContain('question');
    } else {
      await page.locator('textarea[name="template"]').fill(PROMPT);
    }
    await page.getByRole('button', { name: 'Publish as 1.0.0' }).click();
    await page.getByText('It’s live').waitFor();
    if (javaScript) await expectAccessible(page);
    await expectNoSidewaysScroll(page);

    const line = (await page.locator('pre', { hasText: 'curl' }).first().textContent()) ?? '';
    expect(line).toContain('/api/v1/render/playground/first/hello@^1.0');
    const { stdout } = await run('bash', ['-c', line.replace('curl ', 'curl -sS ')]);
    const answer = JSON.parse(stdout) as { text: string; version: string };
    expect(answer).toMatchObject({
      version: '1.0.0',
      text: expect.stringContaining('You answer customers of'),
    });
    // The page shows what the line really answers.
    const body = (await page.locator('main').textContent()) ?? '';
    expect(body.replace(/\s+/g, '')).toContain(JSON.stringify(answer.text).replace(/\s+/g, ''));
    expect(noises).toEqual([]);
    await context.close();
  });
});

describe('the question what becomes a parameter', () => {
  test.each(cases)(
    'is answered on a $screen, with JavaScript: $javaScript',
    async ({ screen, javaScript }) => {
      const { context, page, noises } = await visit(browser, server.url, { screen, javaScript });
      await register(page);
      const shell = 'Copy ${source} to ${target}, then say {{ done }}.';
      if (javaScript) {
        await page.locator('.cm-content').click();
        await page.keyboard.insertText(shell);
      } else {
        await page.locator('textarea[name="template"]').fill(shell);
      }
      await page.getByLabel('What becomes a parameter?').selectOption('dollar');
      if (javaScript) {
        await expect
          .poll(() => page.getByText('Parameters found').locator('..').textContent())
          .toContain('Parameters foundsourcetarget');
        await expectAccessible(page);
      }
      await expectNoSidewaysScroll(page);
      await page.getByRole('button', { name: 'Publish as 1.0.0' }).click();
      await page.getByText('It’s live').waitFor();
      const line = (await page.locator('pre', { hasText: 'curl' }).first().textContent()) ?? '';
      const { stdout } = await run('bash', ['-c', line.replace('curl ', 'curl -sS ')]);
      const answer = JSON.parse(stdout) as { text: string };
      expect(answer.text).toBe('Copy example source to example target, then say {{ done }}.');
      expect(noises).toEqual([]);
      await context.close();
    },
  );
});

test.each([true, false])(
  'text that looks like a template stays as it is if nothing becomes a parameter, with JavaScript: %s',
  async (javaScript) => {
    const { context, page, noises } = await visit(browser, server.url, { javaScript });
    await register(page);
    if (javaScript) {
      await page.locator('.cm-content').click();
      await page.keyboard.insertText(LITERAL_TEXT);
    } else {
      await page.locator('textarea[name="template"]').fill(LITERAL_TEXT);
    }
    await page.getByLabel('What becomes a parameter?').selectOption('none');
    await page.getByRole('button', { name: 'Publish as 1.0.0' }).click();
    await page.getByText('It’s live').waitFor();
    const line = (await page.locator('pre', { hasText: 'curl' }).first().textContent()) ?? '';
    const { stdout } = await run('bash', ['-c', line.replace('curl ', 'curl -sS ')]);
    expect((JSON.parse(stdout) as { text: string }).text).toBe(LITERAL_TEXT);
    expect(noises).toEqual([]);
    await context.close();
  },
);
