import { beforeAll, expect, test } from 'vitest';
import { signUp, type SignedIn } from '../support/sample-content.ts';
import { LONG, makeLongNames } from '../support/long-names.ts';
import { enter, useStage } from '../support/stage.ts';

const stage = useStage();
const SET = `/${LONG.project}/${LONG.set}`;
const PAGES = [
  ...['', '/-/projects', '/-/projects/new', '/-/api-keys', `/${LONG.project}`, `/${LONG.project}/-/new-set`],
  ...[SET, `${SET}?archived_prompt=${LONG.prompt}`, `${SET}/-/new-prompt`, `${SET}/-/publish`],
  ...[`${SET}/-/versions`, `${SET}/-/versions/1.0.0`, `${SET}/-/versions/1.0.1`],
  '/-/api-keys?revoke=:key',
  ...[`${SET}/-/labels`, `${SET}/-/labels?label=${LONG.label}`, `${SET}/-/labels?new`],
  ...[`${SET}/${LONG.prompt}`, `${SET}/${LONG.prompt}/-/revisions`, `${SET}/${LONG.prompt}/-/nothing`],
];
const WIDTHS = [320, 390, 1280];

let me: SignedIn;
let key: string;

beforeAll(async () => {
  me = await signUp(stage.server.url, LONG.name);
  await makeLongNames(me);
  const made = await me.trpc.apiKeys.create.mutate({
    name: LONG.name,
    scopes: ['read:prompts', 'write:prompts', 'publish:versions', 'manage:organisation'],
    projects: [LONG.project],
  });
  key = made.id;
});

test.each(PAGES)(
  'the longest names stay inside their boxes and the page, and break no other words: %s',
  async (path) => {
    const { context, page } = await enter(stage, { who: me });
    await page.goto(`/o/${me.organisation}${path.replace(':key', key)}`, { waitUntil: 'networkidle' });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate(findOverflow), `at ${width} px`).toEqual([]);
      expect(await page.evaluate(findBrokenWords), `at ${width} px`).toEqual([]);
    }
    await context.close();
  },
);

/** Runs in the page: words of at most 12 characters that are broken into two lines, beside a long name that takes the room. */
function findBrokenWords(): string[] {
  const found: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent?.checkVisibility({ visibilityProperty: true })) continue;
    if (parent.closest('.sr-only, .skip-link, .cm-editor, thead, select, textarea, pre, code')) continue;
    for (const { 0: word, index } of (node.textContent ?? '').matchAll(/(?<!\S)[A-Za-z]{2,12}(?!\S)/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (tops.size > 1) found.push(`broken: ${word} in ${parent.outerHTML.slice(0, 120)}`);
    }
  }
  return found;
}

/** Runs in the page: texts that leave the window or their parent, or that lie on each other. */
function findOverflow(): string[] {
  const found: string[] = [];
  if (document.documentElement.scrollWidth > window.innerWidth)
    found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  const isSeen = (element: Element): boolean =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    element.closest('.sr-only, .skip-link, .cm-editor, thead, select, textarea') === null;
  /** What is cut off on purpose, or scrolls in a box of its own, reaches as far as that box. */
  const clip = (rect: DOMRect, element: Element): DOMRect => {
    let { left, right, top, bottom } = rect;
    for (let parent: Element | null = element; parent; parent = parent.parentElement) {
      if (parent === document.body || getComputedStyle(parent).overflowX === 'visible') continue;
      const box = parent.getBoundingClientRect();
      [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
      [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
    }
    return new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
  };
  /** Bars that stay in place lie over the page. */
  const layerOf = (element: Element): Element | null => element.closest('dialog, .sticky, .side-bar');

  const lines: { text: string; box: DOMRect; node: Node; layer: Element | null }[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    const text = node.textContent?.trim().slice(0, 24) ?? '';
    if (!parent || text === '' || !isSeen(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const box = clip(rect, parent);
      if (box.width < 1 || box.height < 1) continue;
      if (box.left < -1 || box.right > window.innerWidth + 1) found.push(`outside: ${text}`);
      const block = parent.getBoundingClientRect();
      if (box.right > block.right + 2) found.push(`wider than its box: ${text}`);
      lines.push({ text, box, node, layer: layerOf(parent) });
    }
  }
  lines.forEach((line, index) => {
    for (const other of lines.slice(index + 1)) {
      if (other.node === line.node || other.layer !== line.layer) continue;
      const across = Math.min(line.box.right, other.box.right) - Math.max(line.box.left, other.box.left);
      const down = Math.min(line.box.bottom, other.box.bottom) - Math.max(line.box.top, other.box.top);
      if (across > 2 && down > 4) found.push(`overlap: ${line.text} | ${other.text}`);
    }
  });
  return found;
}
