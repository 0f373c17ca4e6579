import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/**
 * Presses Tab until the focused element matches a CSS selector. Leaves code editors on the way by Escape, as they say.
 *
 * @throws Error when 150 steps don't reach it
 */
export async function tabUntil(page: Page, selector: string): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < 150; step++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return;
    passed.push(await focusOf(page));
    if (await page.evaluate(() => document.activeElement?.matches('.cm-content') === true))
      await page.keyboard.press('Escape');
  }
  throw new Error(`Tab never reaches ${selector} on ${page.url()}, but: ${passed.join(' · ')}`);
}

/** Presses a key, waits for the result, and fails when no element has the focus then. */
export async function press(page: Page, key: string, result: () => Promise<unknown>): Promise<void> {
  await page.keyboard.press(key);
  await result();
  await expectFocusKept(page);
}

/** Fails when the focus is on `body`, where a keyboard user starts again at the top. */
export async function expectFocusKept(page: Page): Promise<void> {
  await expect.poll(() => focusOf(page), { message: `the focus on ${page.url()}` }).not.toBe('body');
}

/** Waits until the focused element matches a CSS selector. */
export async function expectFocusOn(page: Page, selector: string): Promise<void> {
  await expect
    .poll(
      () =>
        page.evaluate(
          (wanted) =>
            document.activeElement?.matches(wanted)
              ? wanted
              : (document.activeElement?.outerHTML.slice(0, 200) ?? ''),
          selector,
        ),
      { message: `the focus on ${page.url()}` },
    )
    .toBe(selector);
}

/** Waits until the page's live region says a sentence. */
export async function expectAnnounced(page: Page, sentence: string | RegExp): Promise<void> {
  await expect.poll(() => page.locator('[role="status"]').innerText()).toMatch(sentence);
}

/** Tag and name of the focused element, for messages. */
async function focusOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || element === document.body) return 'body';
    const name = element.getAttribute('aria-label') ?? element.title ?? '';
    return `${element.localName} ${name || element.innerText.slice(0, 40)}`.trim();
  });
}
