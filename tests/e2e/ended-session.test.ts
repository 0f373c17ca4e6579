import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { endSession, makeSupportProject } from '../support/sample-content.ts';
import { enter, useStage } from '../support/stage.ts';

const stage = useStage();
const TYPED = 'Typed before the end';

interface Written {
  page: string;
  path: string;
  field: (page: Page) => Locator;
  button: RegExp;
}

const labelled = (label: string) => (page: Page) =>
  page.getByLabel(label, { exact: true }).filter({ visible: true }).last();

const WRITTEN: Written[] = [
  { page: 'new project', path: '/-/projects/new', field: labelled('Description'), button: /^Create project/ },
  { page: 'new prompt', path: '/support/emails/-/new-prompt', field: labelled('Name'), button: /^Create/ },
  {
    page: 'publish',
    path: '/support/emails/-/publish',
    field: labelled('Changelog'),
    button: /^Publish/,
  },
  { page: 'new API key', path: '/-/api-keys?new', field: labelled('Name'), button: /^Create key/ },
  {
    page: 'new label',
    path: '/support/emails/-/labels?new',
    field: labelled('Reason'),
    button: /^Add label/,
  },
  {
    page: 'roll back',
    path: '/support/emails/-/labels?label=production',
    field: (page) => page.locator('details input[name="reason"]'),
    button: /^Roll back/,
  },
];

test.each(WRITTEN)('a form says that the session has ended and keeps its text: $page', async (written) => {
  const { context, page, me } = await enter(stage);
  await makeSupportProject(me);
  await page.goto(`/o/${me.organisation}${written.path}`, { waitUntil: 'networkidle' });
  if (written.page === 'roll back') await page.getByText('Move to').click();
  if (/^new (project|label)$/.test(written.page)) await page.getByLabel('Name').fill('sales');
  await written.field(page).fill(TYPED);
  await endSession(stage.server.url, me);
  await page.getByRole('button', { name: written.button }).first().click();
  await page.getByText('Your session has ended. Sign in, then try again.').first().waitFor();
  expect(await written.field(page).inputValue()).toBe(TYPED);
  expect(await page.getByRole('link', { name: 'Sign in' }).count()).toBe(1);
  await context.close();
});
