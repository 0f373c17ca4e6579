import type { PromptContent } from '@anvil/core/prompt';
import type { Locator } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectErrorsTied, expectOwnDirection, expectTouchTargets } from '../support/page-rules.ts';
import { makeSupportProject, publish, signUp, type SignedIn } from '../support/sample-content.ts';
import { enter, readCode, useStage, writeCode } from '../support/stage.ts';

const stage = useStage();
let me: SignedIn;
let arabic: SignedIn;

const PATHS = [
  '/o/:organisation',
  '/o/:organisation/-/projects',
  '/o/:organisation/-/projects/new',
  '/o/:organisation/-/api-keys',
  '/o/:organisation/-/api-keys?new',
  '/o/:organisation/support',
  '/o/:organisation/support/emails',
  '/o/:organisation/support/emails/-/new-prompt',
  '/o/:organisation/support/emails/-/publish',
  '/o/:organisation/support/emails/-/versions',
  '/o/:organisation/support/emails/-/versions/1.0.0',
  '/o/:organisation/support/emails/-/versions/1.0.0/print',
  '/o/:organisation/support/emails/-/labels?label=production',
  '/o/:organisation/support/emails/-/labels?new',
  '/o/:organisation/support/emails/refund',
  '/o/:organisation/support/emails/escalation',
  '/o/:organisation/support/emails/refund/-/revisions',
];

beforeAll(async () => {
  me = await signUp(stage.server.url);
  await makeSupportProject(me);
  arabic = await signUp(stage.server.url, 'مريم الحسن');
  await makeArabicProject(arabic);
});

test.each(PATHS)('Arabic text has its own direction, and a finger hits every control: %s', async (path) => {
  const { context, page } = await enter(stage, { who: arabic, screen: 'phone', touch: true });
  const answer = await page.goto(path.replace(':organisation', arabic.organisation), {
    waitUntil: 'networkidle',
  });
  expect(answer?.status()).toBe(200);
  await expectOwnDirection(page);
  await expectTouchTargets(page);
  await context.close();
});

test('lines of the editor and of the preview run in the direction of their letters', async () => {
  const { context, page } = await enter(stage, { who: arabic });
  await page.goto(`/o/${arabic.organisation}/support/emails/refund`);
  const lines = page.locator('.cm-content[aria-label="Template"] .cm-line');
  await lines.first().waitFor();
  const directions = () => lines.evaluateAll((all) => all.map((line) => getComputedStyle(line).direction));
  expect(await directions()).toEqual(['rtl', 'ltr', 'rtl']);
  expect(await page.locator('section pre[dir="auto"]').first().innerText()).toContain('مرحبا');
  await writeCode(page, 'Template', 'Hello\nمرحبا\nagain');
  expect(await directions()).toEqual(['ltr', 'rtl', 'ltr']);
  await context.close();
});

test('an arrow key moves the cursor in the direction of its line', async () => {
  const { context, page } = await enter(stage, { who: arabic });
  await page.goto(`/o/${arabic.organisation}/support/emails/refund`);
  await page.locator('.cm-content[aria-label="Template"]').waitFor();
  await writeCode(page, 'Template', 'مرحبا name');
  await page.keyboard.press('ControlOrMeta+Home');
  // The line begins at its right end, so nothing is to the right of its first letter.
  await page.keyboard.press('ArrowRight');
  await page.keyboard.type('!');
  expect(await readCode(page, 'Template')).toBe('!مرحبا name');
  await context.close();
});

test('the save state is announced once, and the clock beside it is never read out', async () => {
  const { context, page } = await enter(stage, { who: me });
  await page.clock.install();
  await page.goto(`/o/${me.organisation}/support/emails/outage-notice`);
  await page.locator('.cm-content').first().waitFor();
  await writeCode(page, 'Template', '{{ service }} is down since {{ since }}.');
  await page.keyboard.press('ControlOrMeta+s');
  const region = page.locator('[role="status"]');
  await expect.poll(() => region.innerText()).toMatch(/^Saved as revision \d+\.$/);
  await page.evaluate(() => {
    const changes: string[] = [];
    Object.assign(window, { changes });
    const note = (): number => changes.push(document.querySelector('[role="status"]')?.textContent ?? '');
    new MutationObserver(note).observe(document.querySelector('[role="status"]') ?? document, {
      ...{ subtree: true, childList: true, characterData: true },
    });
  });
  const age = page.locator('main time').first();
  const before = await age.innerText();
  await page.clock.runFor(90_000);
  await expect.poll(() => age.innerText()).not.toBe(before);
  expect(await page.evaluate(() => (window as unknown as { changes: string[] }).changes)).toEqual([]);
  await context.close();
});

test('a code editor says how to leave it, and names its problems', async () => {
  const { context, page } = await enter(stage, { who: me });
  await page.goto(`/o/${me.organisation}/support/emails/reset-password`);
  const content = page.locator('.cm-content[aria-label="Template"]');
  await content.waitFor();
  expect(await descriptionOf(content)).toBe('Tab indents. Press Escape, then Tab to leave.');
  expect(await page.getByText('Press Escape, then Tab to leave').first().isVisible()).toBe(false);
  await writeCode(page, 'Template', 'Hello {{ name | currency }}');
  expect(await page.getByText('Press Escape, then Tab to leave').first().isVisible()).toBe(true);
  await expect.poll(() => content.getAttribute('aria-invalid')).toBe('true');
  expect(await descriptionOf(content)).toContain('There is no filter');
  await context.close();
});

describe('errors at fields', () => {
  test.each([true, false])('are tied to them and get the focus, JavaScript: %s', async (javaScript) => {
    const { context, page } = await enter(stage, { who: me, javaScript });
    const base = `/o/${me.organisation}`;
    await page.goto(`${base}/support/emails/-/new-prompt`);
    await page.locator('main form button[type="submit"]').click();
    await page.locator('[id$="-error"]').first().waitFor();
    await expectErrorsTied(page);
    if (javaScript)
      await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('name');

    // No scope: the error belongs to a group of checkboxes.
    await page.goto(`${base}/-/api-keys?new`);
    await page.locator('dialog input[name="name"]').fill('nothing');
    await page.locator('dialog input[value="read:prompts"]').uncheck();
    await page.locator('dialog button[value="create"]').click();
    await page.locator('[id$="-error"]').first().waitFor();
    await expectErrorsTied(page);
    if (javaScript)
      await expect
        .poll(() => page.evaluate(() => document.activeElement?.getAttribute('name')))
        .toBe('scopes');

    // Sample values that aren't JSON.
    await page.goto(`${base}/support/emails/refund`);
    if (javaScript) await page.locator('.cm-content').first().waitFor();
    await page.locator('details:has([name="values"]) > summary').click();
    await page.locator('[name="values"]').fill('{"customer":');
    if (!javaScript) await page.locator('button[value="preview"]').click();
    await page.locator('[name="values"][aria-invalid="true"]').waitFor();
    await expectErrorsTied(page);
    await context.close();
  });
});

test('forced colours show the current tab', async () => {
  const { context, page } = await enter(stage, { who: me });
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto(`/o/${me.organisation}/support/emails/-/labels`);
  const edges = await page.locator('.tab-link').evaluateAll((tabs) => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = 'Canvas';
    const background = getComputedStyle(probe).color;
    return tabs.map((tab) => ({
      current: tab.getAttribute('aria-current') === 'page',
      underlined: getComputedStyle(tab).borderBottomColor !== background,
    }));
  });
  expect(edges).toHaveLength(3);
  for (const { current, underlined } of edges) expect(underlined).toBe(current);
  await context.close();
});

test('a version is printed with all its prompts, black on white, and without the frame', async () => {
  const { context, page } = await enter(stage, { who: me, theme: 'dark' });
  const here = `/o/${me.organisation}/support/emails/-/versions/1.1.0`;
  await page.goto(here);
  await page.getByRole('link', { name: 'Print' }).click();
  await page.waitForURL(`**${here}/print`);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  const text = await page.locator('main').innerText();
  for (const { slug } of (
    await me.trpc.versions.listPrompts.query({
      ...{ organisation: me.organisation, project: 'support', set: 'emails', number: '1.1.0' },
    })
  ).data)
    expect(text).toContain(slug);
  expect(text).toContain('{{');
  const hidden = page.locator('body > header, nav, button, a.touch-box, [role="dialog"]');
  for (const element of await hidden.all()) expect(await element.isVisible()).toBe(false);
  const ink = await page
    .locator('main pre')
    .first()
    .evaluate((pre) => getComputedStyle(pre).color);
  expect(ink).toBe('rgb(29, 28, 26)');
  await context.close();
});

/** The text that `aria-describedby` refers to. */
async function descriptionOf(locator: Locator): Promise<string> {
  return locator.evaluate((element) =>
    (element.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent ?? '')
      .join(' ')
      .trim(),
  );
}

/** The support project with everything that people write in Arabic. */
async function makeArabicProject({ trpc, organisation }: SignedIn): Promise<void> {
  const place = { organisation, project: 'support', set: 'emails' };
  const description = 'ما يقرأه العملاء عندما يكتبون إلينا.';
  const content: PromptContent = {
    kind: 'text',
    template: 'مرحبا {{ name }}، كيف حالك؟\nHello {{ name }}.',
    parameters: [{ name: 'name', type: 'string', required: true, description: 'اسم العميل' }],
    config: '{}',
  };
  await trpc.projects.create.mutate({ organisation, name: 'الدعم', slug: 'support', description });
  await trpc.promptSets.create.mutate({
    organisation,
    project: 'support',
    name: 'رسائل',
    slug: 'emails',
    description,
  });
  await trpc.prompts.create.mutate({ ...place, name: 'استرداد', slug: 'refund', content });
  const messages = [{ role: 'user' as const, content: content.template }, { placeholder: 'history' }];
  const chat: PromptContent = {
    ...{ kind: 'chat', messages, config: '{}' },
    parameters: [...content.parameters, { name: 'history', type: 'messages', required: false }],
  };
  await trpc.prompts.create.mutate({ ...place, name: 'تصعيد', slug: 'escalation', content: chat });
  await publish(trpc, place, 'الرسالة الأولى.');
  await trpc.labels.move.mutate({
    ...place,
    name: 'production',
    from: null,
    to: '1.0.0',
    reason: 'أول إصدار',
  });
  await trpc.apiKeys.create.mutate({ organisation, name: 'متجر', scopes: ['read:prompts'] });
  const { id, revision } = await trpc.prompts.get.query({ ...place, prompt: 'refund' });
  await trpc.prompts.update.mutate({
    ...{ organisation, prompt_id: id, revision },
    content: { ...content, template: `${content.template}\nشكرا` },
  });
}
