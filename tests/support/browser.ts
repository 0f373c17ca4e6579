import { AxeBuilder } from '@axe-core/playwright';
import sparticuz from '@sparticuz/chromium';
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect } from 'vitest';

/** A desk and a phone. */
export const SCREENS = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const THEMES = ['light', 'dark'] as const;

/** The Chromium to use, and how: `CHROMIUM_PATH`, the system's, or the one inside an npm package. */
export async function browserProgram(): Promise<{ path: string; args: string[] }> {
  const { CHROMIUM_PATH } = process.env;
  const own = CHROMIUM_PATH ?? (existsSync('/usr/bin/chromium') ? '/usr/bin/chromium' : undefined);
  return {
    path: own ?? (await sparticuz.executablePath()),
    args: [
      ...(own
        ? ['--no-sandbox', '--headless']
        : sparticuz.args.filter((flag) => flag !== '--single-process')),
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  };
}

export async function launchBrowser(): Promise<Browser> {
  const { path, args } = await browserProgram();
  return chromium.launch({ executablePath: path, args });
}

export interface VisitInput {
  screen?: keyof typeof SCREENS;
  theme?: (typeof THEMES)[number];
  javaScript?: boolean;
  /** A finger instead of a mouse. */
  touch?: boolean;
}

/** A visitor of their own: cookies, storage, screen. What the page's console calls an error fails `expectQuiet`. */
export async function visit(
  browser: Browser,
  url: string,
  input: VisitInput = {},
): Promise<{ context: BrowserContext; page: Page; noises: string[] }> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: SCREENS[input.screen ?? 'desk'],
    colorScheme: input.theme ?? 'light',
    javaScriptEnabled: input.javaScript ?? true,
    hasTouch: input.touch ?? false,
    isMobile: input.touch ?? false,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const noises: string[] = [];
  page.on('pageerror', (error) => noises.push(String(error)));
  page.on('console', (message) => {
    // Chromium writes a line for every 4xx answer; those are part of some journeys.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      noises.push(message.text());
  });
  return { context, page, noises };
}

/** Rules that axe leaves out by default: targets of 24 px (WCAG 2.5.8), and names that voice control can say (2.5.3). */
const MORE_RULES = { 'target-size': { enabled: true }, 'label-content-name-mismatch': { enabled: true } };

/** axe finds nothing on the page as it is, in both themes: the second is asked for what depends on colours alone. */
export async function expectAccessible(page: Page): Promise<void> {
  const [first, second] = THEMES;
  await page.emulateMedia({ colorScheme: first });
  await expectNoViolation(page, new AxeBuilder({ page }).options({ rules: MORE_RULES }));
  await page.emulateMedia({ colorScheme: second });
  await expectNoViolation(page, new AxeBuilder({ page }).withRules('color-contrast'));
}

async function expectNoViolation(page: Page, axe: AxeBuilder): Promise<void> {
  // Without a window of its own, which only frames of other sites would need: it takes half of the time.
  const { violations, incomplete } = await axe.setLegacyMode(true).analyze();
  // axe is only in doubt about a name on an element that contains text, but screen readers ignore such a name.
  const unnamable = incomplete.filter(({ id }) => id === 'aria-prohibited-attr');
  const found = [...violations, ...unnamable].map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map((node) => node.html)
        .slice(0, 3)
        .join(' | ')}`,
  );
  expect(found, page.url()).toEqual([]);
}

/** On a screen of 320 px nothing is cut off at either side, open menus and dialogs included. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 800 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  // A modal dialog keeps presses away from the menus behind it.
  const menus = page.locator('body:not(:has(dialog:modal)) details:has(> .menu) > summary:visible');
  const cut = await page.evaluate(boxesCutOff);
  for (const menu of await menus.all()) {
    await menu.click();
    // A script moves the menu into the screen by the event after its opening.
    await expect.poll(() => page.evaluate(boxesCutOff), { message: `cut off on ${page.url()}` }).toEqual([]);
    await menu.click();
  }
  if (before) await page.setViewportSize(before);
  expect(wide, `${page.url()} is ${wide} px wide on a screen of 320`).toBeLessThanOrEqual(320);
  expect(cut, `cut off on ${page.url()}`).toEqual([]);
}

/** Runs in the page. The document's width grows with what leaves it at the right end, but not at the left, and not with what floats. */
function boxesCutOff(): string[] {
  const width = document.documentElement.clientWidth;
  return [...document.querySelectorAll('body *')]
    .filter((element) => {
      const { left, right, width: own, height } = element.getBoundingClientRect();
      // Text for screen readers only is cut off on purpose.
      if (element.closest('.sr-only')) return false;
      if (own <= 2 || height <= 2 || !element.checkVisibility()) return false;
      return left < -0.5 || (element.matches('.menu, .menu *, dialog, dialog *') && right > width + 0.5);
    })
    .map((element) => element.outerHTML.slice(0, 120));
}

let people = 0;

/** Registers somebody by the page. @returns the slug of their organisation */
export async function register(page: Page, name = 'Mara Kern'): Promise<string> {
  people += 1;
  await page.goto('/register');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('E-mail').fill(`person-${people}-${Date.now()}@example.com`);
  await page.getByLabel('Password').fill('a sentence is easy to remember');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.waitForURL(/\/o\/[^/]+$/);
  return new URL(page.url()).pathname.split('/')[2] ?? '';
}
