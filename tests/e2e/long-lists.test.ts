import { describe, expect, test } from 'vitest';
import { edit, publish, type Place, type SignedIn } from '../support/sample-content.ts';
import { enter, useStage } from '../support/stage.ts';

const stage = useStage();
const text = (template: string) => ({ kind: 'text' as const, template, parameters: [], config: '{}' });

/** A set `support/rules` with this many prompts. */
async function makeRules({ trpc, organisation }: SignedIn, count: number): Promise<Place> {
  const place = { organisation, project: 'support', set: 'rules' };
  await trpc.projects.create.mutate({ organisation, name: 'Support' });
  await trpc.promptSets.create.mutate({ organisation, project: 'support', name: 'Rules' });
  for (let number = 1; number <= count; number++)
    await trpc.prompts.create.mutate({
      ...place,
      name: `Rule ${number}`,
      content: text(`Follow ${number}.`),
    });
  return place;
}

describe.each([{ javaScript: true }, { javaScript: false }])(
  'with JavaScript: $javaScript',
  ({ javaScript }) => {
    test('a changelog stays while the reader goes through the pages of text changes', async () => {
      const { context, page, me, noises } = await enter(stage, { javaScript });
      const place = await makeRules(me, 11);
      await publish(me.trpc, place, '');
      for (let number = 1; number <= 11; number++)
        await edit(me.trpc, place, `rule-${number}`, text(`Follow ${number}, always.`));
      await page.goto(`/o/${me.organisation}/support/rules/-/publish`);
      await page.getByLabel('Changelog').fill('Stricter,\nall of them.');
      await page.getByRole('radio', { name: 'Another number' }).check();
      await page.getByRole('textbox', { name: 'Another number' }).fill('1.5.0');
      const changes = page.getByRole('navigation', { name: 'Pages of text changes' });
      await changes.getByRole('button', { name: 'More' }).click();
      await changes.getByRole('button', { name: 'First' }).waitFor();
      expect(await page.getByLabel('Changelog').inputValue()).toBe('Stricter,\nall of them.');
      expect(await page.getByRole('radio', { name: 'Another number' }).isChecked()).toBe(true);
      await page.getByText('rule-9', { exact: true }).first().waitFor();
      await changes.getByRole('button', { name: 'First' }).click();
      await changes.getByRole('button', { name: 'More' }).waitFor();
      await page.getByRole('button', { name: /^Publish/ }).click();
      await page.waitForURL(/\/-\/versions\/1\.5\.0$/);
      await page.getByText('all of them.').first().waitFor();
      expect(noises).toEqual([]);
      await context.close();
    });

    test('a version of more than a hundred prompts is printed on one page', async () => {
      const { context, page, me } = await enter(stage, { javaScript });
      const place = await makeRules(me, 102);
      await publish(me.trpc, place, '');
      await page.goto(`/o/${me.organisation}/support/rules/-/versions/1.0.0/print`);
      expect(await page.locator('main section h2').count()).toBe(102);
      expect(await page.locator('main').innerText()).toContain('Follow 102.');
      expect(await page.getByRole('navigation', { name: 'Pages' }).count()).toBe(0);
      await context.close();
    });

    test('a key can be limited to any of many projects', async () => {
      const { context, page, me } = await enter(stage, { javaScript });
      for (let number = 1; number <= 51; number++)
        await me.trpc.projects.create.mutate({ name: `Team ${number}` });
      await page.goto(`/o/${me.organisation}/-/api-keys?new`);
      await page.getByLabel('Name').fill('checkout');
      const projects = page.getByLabel('Only in these projects');
      await projects.fill('team-51\nteam-x');
      await page.getByRole('button', { name: 'Create key' }).click();
      await page.getByText('There is no project team-x.').waitFor();
      expect(await projects.inputValue()).toBe('team-51\nteam-x');
      await projects.fill('team-51, team-2');
      await page.getByRole('button', { name: 'Create key' }).click();
      await page.getByText('Key checkout created').waitFor();
      const { data } = await me.trpc.apiKeys.list.query({});
      expect(data.find(({ name }) => name === 'checkout')?.projects).toEqual(['team-2', 'team-51']);
      await context.close();
    });
  },
);
