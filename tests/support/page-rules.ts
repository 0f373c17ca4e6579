import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** A page has one live region, and nothing in it changes by itself. */
export async function expectOneLiveRegion(page: Page): Promise<void> {
  const regions = await page.evaluate(() =>
    [...document.querySelectorAll('[role="status"], [role="log"], [aria-live], output')]
      // CodeMirror has one of its own, for its search and its completions.
      .filter((element) => !element.closest('.cm-editor'))
      .map((element) =>
        element.querySelector('time') ? `${element.outerHTML} has a clock` : element.localName,
      ),
  );
  expect(regions, page.url()).toEqual(['div']);
}

/** No heading contains a control, whose values a screen reader would read in its list of headings. */
export async function expectPlainHeadings(page: Page): Promise<void> {
  const controls = await page
    .locator(':is(h1, h2, h3, h4) :is(select, input, textarea, button)')
    .evaluateAll((all) => all.map((element) => element.outerHTML.slice(0, 160)));
  expect(controls, `controls in headings of ${page.url()}`).toEqual([]);
}

/** Every error at a field is named by the field's `aria-describedby`, and the field is marked as invalid. */
export async function expectErrorsTied(page: Page): Promise<void> {
  const loose = await page.evaluate(() =>
    [...document.querySelectorAll('[id$="-error"]')]
      .filter(({ id }) => {
        const field = document.querySelector(`[aria-describedby~="${CSS.escape(id)}"]:not(.hidden)`);
        return !field?.matches('[aria-invalid="true"], fieldset[data-invalid]');
      })
      .map((element) => element.outerHTML.slice(0, 200)),
  );
  expect(loose, `errors without a field on ${page.url()}`).toEqual([]);
  expect(await page.locator('[id$="-error"]').count(), `errors on ${page.url()}`).toBeGreaterThan(0);
}

/** Text with Arabic or Hebrew letters lies in an element whose direction follows its own text. */
export async function expectOwnDirection(page: Page): Promise<void> {
  const fixed = await page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (!element || !/[\u0590-\u07ff]/.test(walker.currentNode.nodeValue ?? '')) continue;
      if (element.closest('script, style, option, textarea, [role="status"]')) continue;
      const owner = element.closest('[dir="auto"], bdi');
      if (!owner && getComputedStyle(element).unicodeBidi !== 'plaintext')
        found.push(element.outerHTML.slice(0, 160));
    }
    for (const field of document.querySelectorAll(
      'input:not([type="hidden"], [type="radio"], [type="checkbox"]), textarea',
    ))
      if (!field.hasAttribute('hidden') && field.getAttribute('dir') !== 'auto')
        found.push(field.outerHTML.slice(0, 160));
    return found;
  });
  expect(fixed, `text of one direction on ${page.url()}`).toEqual([]);
}

/** On a touch screen each control responds to a finger within 44 px of height. */
export async function expectTouchTargets(page: Page): Promise<void> {
  const small = await page.evaluate(() => {
    const CONTROLS = 'a[href], button, summary, select, input, textarea, label:has(input)';
    const isInSentence = (element: Element): boolean =>
      getComputedStyle(element).display === 'inline' &&
      [...(element.parentElement?.childNodes ?? [])].some(
        (node) => node.nodeType === Node.TEXT_NODE && (node.nodeValue ?? '').trim() !== '',
      );
    /** Whether a press at this point operates the element. */
    const responds = (element: Element, x: number, y: number): boolean => {
      const target = document.elementFromPoint(x, y)?.closest(CONTROLS);
      return target === element || (target?.matches('label') === true && target.contains(element));
    };
    const heightOf = (element: Element): number => {
      element.scrollIntoView({ block: 'center', inline: 'center' });
      const { left, top, width, height } = element.getBoundingClientRect();
      const x = left + width / 2;
      const middle = top + height / 2;
      if (!responds(element, x, middle)) return 0;
      let count = 1;
      for (const step of [-1, 1])
        for (let y = middle + step; Math.abs(y - middle) < 60 && responds(element, x, y); y += step)
          count += 1;
      return count;
    };
    const scope = document.querySelector('dialog:modal') ?? document;
    return [...scope.querySelectorAll(CONTROLS)]
      .filter((element) => {
        if (!element.checkVisibility({ visibilityProperty: true })) return false;
        if (element.closest('.sr-only, .skip-link, .cm-editor')) return false;
        // WCAG 2.5.5 exempts links in a sentence.
        if (isInSentence(element)) return false;
        const { width, height } = element.getBoundingClientRect();
        return width > 1 && height > 1;
      })
      .map((element) => ({ height: heightOf(element), html: element.outerHTML.slice(0, 140) }))
      .filter(({ height }) => height < 43)
      .map(({ height, html }) => `${height} px: ${html}`);
  });
  expect(small, `small targets on ${page.url()}`).toEqual([]);
}
