import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchBrowser, visit, type VisitInput } from './browser.ts';
import { startBuiltServer, type RunningServer } from './running-server.ts';
import { signUp, type SignedIn } from './sample-content.ts';

export interface Stage {
  server: RunningServer;
  browser: Browser;
}

export interface Visitor {
  context: BrowserContext;
  page: Page;
  /** What the console called an error. */
  noises: string[];
}

/** The built server and a browser for all tests of a file. What it returns is filled before the first test. */
export function useStage(): Stage {
  const stage = {} as Stage;
  beforeAll(async () => {
    stage.server = await startBuiltServer();
    stage.browser = await launchBrowser();
  });
  afterAll(async () => {
    await stage.browser.close();
    await stage.server.stop();
  });
  return stage;
}

/** Opens a browser in which somebody who registered over HTTP is signed in. */
export async function enter(
  { server, browser }: Stage,
  input: VisitInput & { who?: SignedIn } = {},
): Promise<Visitor & { me: SignedIn }> {
  const me = input.who ?? (await signUp(server.url));
  const visitor = await visit(browser, server.url, input);
  await visitor.context.addCookies([{ ...me.cookie, url: server.url }]);
  return { ...visitor, me };
}

/** Replaces the text of a code editor: CodeMirror, or the text area that it is without JavaScript. */
export async function writeCode(page: Page, label: string, text: string, javaScript = true): Promise<void> {
  if (!javaScript) return page.locator(`textarea[aria-label="${label}"]`).fill(text);
  await page.locator(`.cm-content[aria-label="${label}"]`).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}

/** The text of a code editor, as `writeCode` finds it. */
export async function readCode(page: Page, label: string, javaScript = true): Promise<string> {
  if (!javaScript) return page.locator(`textarea[aria-label="${label}"]`).inputValue();
  return page.locator(`.cm-content[aria-label="${label}"]`).innerText();
}

/** Presses Tab until the focus is on something of this name. @throws Error when a hundred steps don't reach it */
export async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < 100; step++) {
    await page.keyboard.press('Tab');
    const said = await page.evaluate(nameOfFocus);
    if (said === name) return;
    passed.push(said);
  }
  throw new Error(`Tab never reaches "${name}" on ${page.url()}, but: ${passed.join(' · ')}`);
}

/** Runs in the page. */
function nameOfFocus(): string {
  const element = document.activeElement;
  const isField =
    element instanceof HTMLInputElement ||
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement;
  const label = isField ? element.labels?.[0]?.innerText : undefined;
  const said =
    element?.getAttribute('aria-label') ?? label ?? (element as HTMLElement | null)?.innerText ?? '';
  return said.trim().split('\n')[0] ?? '';
}
