import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browserProgram } from '../support/browser.ts';
import { startBuiltServer, type RunningServer } from '../support/running-server.ts';
import { signUp, type SignedIn } from '../support/sample-content.ts';
import { readCode, writeCode } from '../support/stage.ts';

const TYPED = 'Hello {{ name }}, this sentence was never saved.';
const PLACE = { project: 'support', set: 'emails' };

let server: RunningServer;
let me: SignedIn;
let profile: string;

beforeAll(async () => {
  server = await startBuiltServer();
  me = await signUp(server.url);
  await me.trpc.projects.create.mutate({ name: 'Support' });
  await me.trpc.promptSets.create.mutate({ project: 'support', name: 'Emails' });
  profile = await mkdtemp(join(tmpdir(), 'anvil-profile-'));
});
afterAll(async () => {
  await server.stop();
  await rm(profile, { recursive: true, force: true });
});

test('text in an open form survives a crash of the page', async () => {
  const editor = await makePrompt('page');
  const { page, browser } = await openBrowser();
  await page.goto(editor);
  await writeCode(page, 'Template', TYPED);
  await expect.poll(() => kept(page)).toContain(TYPED);
  const crashed = page.waitForEvent('crash');
  void page.goto('chrome://crash').catch(() => undefined);
  await crashed;

  const again = await page.context().newPage();
  await expectOffer(again, editor);
  await kill(browser);
});

test('text in an open form survives the kill of the whole browser', async () => {
  const editor = await makePrompt('browser');
  const first = await openBrowser();
  await first.page.goto(editor);
  await writeCode(first.page, 'Template', TYPED);
  await expect.poll(() => kept(first.page)).toContain(TYPED);
  // Chromium itself writes what a page keeps to the disk within some seconds; what isn't there yet no page can save.
  await expect.poll(() => onDisk('/emails/browser#1'), { timeout: 60_000, interval: 500 }).toBe(true);
  await kill(first.browser);

  const second = await openBrowser();
  await expectOffer(second.page, editor);
  await kill(second.browser);
});

/** The text is offered, comes back when taken, and can be saved. */
async function expectOffer(page: Page, editor: string): Promise<void> {
  await page.goto(editor);
  await page.getByText('Unsaved text was found here').waitFor();
  expect(await readCode(page, 'Template')).toBe('Hello');
  await page.getByRole('button', { name: 'Restore' }).click();
  await expect.poll(() => readCode(page, 'Template')).toBe(TYPED);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved · revision 2').waitFor();
  const prompt = editor.split('/').at(-1) ?? '';
  const { content } = await me.trpc.prompts.get.query({ ...PLACE, prompt });
  expect(content).toMatchObject({ template: TYPED });
  // Saved, so nothing is offered any more.
  await page.reload();
  await page.locator('.cm-content').first().waitFor();
  expect(await page.getByText('Unsaved text was found here').count()).toBe(0);
}

/** @returns the address of its editor */
async function makePrompt(name: string): Promise<string> {
  const content = { kind: 'text' as const, template: 'Hello', parameters: [], config: '{}' };
  await me.trpc.prompts.create.mutate({ ...PLACE, name, content });
  return `${server.url}/o/${me.organisation}/support/emails/${name}`;
}

function kept(page: Page): Promise<string> {
  return page.evaluate(() => JSON.stringify({ ...localStorage }));
}

/** Whether a key of `localStorage` has reached the profile on the disk. */
async function onDisk(key: string): Promise<boolean> {
  const folder = join(profile, 'Default/Local Storage/leveldb');
  const files = (await readdir(folder).catch(() => [])).filter((name) => /\.(log|ldb)$/.test(name));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'latin1')));
  return texts.some((text) => text.includes(key));
}

/** A browser as a process of its own, always with the same profile. */
async function openBrowser(): Promise<{ browser: ChildProcess; page: Page }> {
  const { path, args } = await browserProgram();
  const own = [`--user-data-dir=${profile}`, '--remote-debugging-port=0', 'about:blank'];
  // A group of its own, so that all of it can be killed.
  const browser = spawn(path, [...args, ...own], { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const address = await new Promise<string>((resolve, reject) => {
    let said = '';
    browser.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
    browser.once('exit', () => reject(new Error(`The browser did not start:\n${said}`)));
  });
  const connection = await chromium.connectOverCDP(address);
  const [context] = connection.contexts();
  if (!context) throw new Error('The browser has no window');
  await context.addCookies([{ ...me.cookie, url: server.url }]);
  return { browser, page: await context.newPage() };
}

async function kill(browser: ChildProcess): Promise<void> {
  const ended = once(browser, 'exit');
  if (browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL');
  await ended;
}
