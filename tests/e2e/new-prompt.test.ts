import { describe, expect, test } from 'vitest';
import { enter, useStage, writeCode } from '../support/stage.ts';

const stage = useStage();
const PASTED = 'Dear {{name}}, order ${Order:none} of {{ shop | upcase }}.';

describe.each([{ javaScript: true }, { javaScript: false }])(
  'a pasted prompt with JavaScript: $javaScript',
  ({ javaScript }) => {
    test.each([
      { style: 'liquid', kind: 'Text', template: PASTED, parameters: ['name', 'shop'] },
      {
        style: 'mustache',
        kind: 'Text',
        template: "Dear {{ name }}, order ${Order:none} of {{ '{{' }} shop | upcase }}.",
        parameters: ['name'],
      },
      {
        style: 'dollar',
        kind: 'Chat',
        template: "Dear {{ '{{' }}name}}, order {{ Order }} of {{ '{{' }} shop | upcase }}.",
        parameters: ['Order'],
      },
      {
        style: 'none',
        kind: 'Chat',
        template: "Dear {{ '{{' }}name}}, order ${Order:none} of {{ '{{' }} shop | upcase }}.",
        parameters: [],
      },
    ])('becomes what the choice says: $style', async ({ style, kind, template, parameters }) => {
      const { context, page, me, noises } = await enter(stage, { javaScript });
      await me.trpc.projects.create.mutate({ name: 'Support' });
      await me.trpc.promptSets.create.mutate({ project: 'support', name: 'Emails' });
      await page.goto(`/o/${me.organisation}/support/emails/-/new-prompt`);
      if (javaScript) await page.locator('.cm-content').waitFor();
      await page.getByLabel('Name', { exact: true }).fill('Letter');
      await page.getByRole('radio', { name: new RegExp(`^${kind}`) }).check();
      await writeCode(page, 'Text', PASTED, javaScript);
      await page.getByLabel('What becomes a parameter?').selectOption(style);
      if (javaScript && parameters.length > 0)
        await page.getByText(/^Parameters? found/, { exact: false }).waitFor();
      await page.getByRole('button', { name: 'Create prompt' }).click();
      await page.waitForURL(/\/letter$/);
      const { content } = await me.trpc.prompts.get.query({
        project: 'support',
        set: 'emails',
        prompt: 'letter',
      });
      const expected = kind === 'Chat' ? { messages: [{ role: 'system', content: template }] } : { template };
      expect(content).toMatchObject(expected);
      expect(content.parameters.map(({ name }) => name)).toEqual(parameters);
      expect(noises).toEqual([]);
      await context.close();
    });
  },
);
