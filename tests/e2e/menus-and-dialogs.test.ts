import { beforeAll, expect, test } from 'vitest';
import { makeSupportProject, signUp, type SignedIn } from '../support/sample-content.ts';
import { enter, useStage } from '../support/stage.ts';

const stage = useStage();
let me: SignedIn;

beforeAll(async () => {
  me = await signUp(stage.server.url);
  await makeSupportProject(me);
});

test('a dialog that was opened by a link is closed for good by Escape', async () => {
  const { context, page } = await enter(stage, { who: me });
  const keys = `/o/${me.organisation}/-/api-keys`;
  await page.goto(`/o/${me.organisation}`);
  await page.goto(keys);
  await page.locator('main a[href$="?new"]').click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.goBack();
  expect(await page.getByRole('dialog').count()).toBe(0);
  await context.close();
});

test('without JavaScript a menu opens inside of a screen of 320 px', async () => {
  const { context, page } = await enter(stage, { who: me, javaScript: false });
  await page.setViewportSize({ width: 320, height: 700 });
  await page.goto(`/o/${me.organisation}/support/emails/-/labels?label=production`);
  const menus = page.locator('details:has(> .menu)');
  expect(await menus.count()).toBeGreaterThan(1);
  for (const menu of await menus.all()) {
    await menu.locator('summary').first().click();
    const box = await menu.locator('.menu').boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(320);
    await menu.locator('summary').first().click();
  }
  await context.close();
});
