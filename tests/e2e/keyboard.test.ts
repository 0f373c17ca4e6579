import { expect, test } from 'vitest';
import { visit } from '../support/browser.ts';
import { expectAnnounced, expectFocusOn, press, tabUntil } from '../support/keyboard.ts';
import { edit, publish, signUp, type SignedIn } from '../support/sample-content.ts';
import { readCode, useStage } from '../support/stage.ts';

const stage = useStage();

test('the whole job without a mouse, and the focus is never lost', async () => {
  const me = await signUp(stage.server.url);
  const { context, page, noises } = await visit(stage.browser, stage.server.url);
  const { keyboard } = page;
  const at = (path: string | RegExp) => () => page.waitForURL(path);
  const home = `/o/${me.organisation}`;
  const set = `${home}/support/emails`;

  // Sign in.
  await page.goto('/sign-in');
  await expectFocusOn(page, 'input[type="email"]');
  await keyboard.type(me.email);
  await tabUntil(page, 'input[type="password"]');
  await keyboard.type(me.password);
  await press(page, 'Enter', at(`**${home}`));
  await expectFocusOn(page, 'h1');

  // The first prompt: Tab leaves its field and changes nothing.
  await page.locator('.cm-content').waitFor();
  await tabUntil(page, '.cm-content');
  await keyboard.insertText('Answer: {{ question }}');
  await tabUntil(page, 'button[data-save]');
  expect(await readCode(page, 'Your prompt')).toBe('Answer: {{ question }}');
  await press(page, 'Enter', () => page.locator('pre').first().waitFor());
  await expectFocusOn(page, 'h1');

  // A project, a set and a prompt.
  await tabUntil(page, 'a[href$="/-/projects"]');
  await press(page, 'Enter', at(/\/-\/projects$/));
  await expectFocusOn(page, 'h1');
  await tabUntil(page, 'a[href$="/-/projects/new"]');
  await press(page, 'Enter', at(/\/-\/projects\/new$/));
  await expectFocusOn(page, 'input[name="name"]');
  await keyboard.type('Support');
  await press(page, 'Enter', at(`**${home}/support`));
  await expectFocusOn(page, 'h1');
  await expectAnnounced(page, 'Project support created.');
  await tabUntil(page, 'a[href$="/-/new-set"]');
  await press(page, 'Enter', at(/\/-\/new-set$/));
  await keyboard.type('Emails');
  await press(page, 'Enter', at(`**${set}`));
  await expectAnnounced(page, 'Prompt set support/emails created.');
  await tabUntil(page, 'main a[href$="/-/new-prompt"]');
  await press(page, 'Enter', at(/\/-\/new-prompt$/));
  await keyboard.type('Refund');
  await page.locator('.cm-content').waitFor();
  await tabUntil(page, '.cm-content');
  await keyboard.insertText('Refund for {{ name }}.');
  // Here Tab indents, and Escape lets go.
  await keyboard.press('Escape');
  await tabUntil(page, 'form button[type="submit"]');
  await press(page, 'Enter', at(`**${set}/refund`));
  await expectFocusOn(page, 'h1');
  await expectAnnounced(page, 'Prompt refund created.');

  // Edit, add parameters, save.
  await page.locator('.cm-content[aria-label="Template"]').waitFor();
  await tabUntil(page, '.cm-content[aria-label="Template"]');
  await keyboard.press('ControlOrMeta+End');
  await keyboard.insertText(' {{ tone }} {{ city }}');
  await page.locator('button[value="found:"]').waitFor();
  await keyboard.press('Escape');
  await tabUntil(page, 'button[value="found:"]');
  await press(page, 'Enter', () => page.locator('button[value="found:"]').waitFor({ state: 'detached' }));
  await expectFocusOn(page, 'summary');
  await press(page, 'ControlOrMeta+s', () => page.getByText('revision 2').first().waitFor());
  await expectAnnounced(page, 'Saved as revision 2.');

  // Publish.
  await tabUntil(page, `header a[href="${set}"]`);
  await press(page, 'Enter', at(`**${set}`));
  await expectFocusOn(page, 'h1');
  await tabUntil(page, 'a[href$="/-/publish"]');
  await press(page, 'Enter', at(/\/-\/publish$/));
  await tabUntil(page, 'textarea[name="changelog"]');
  await keyboard.type('The first letter.');
  await tabUntil(page, 'main form button[type="submit"]');
  await press(page, 'Enter', at(/\/-\/versions\/1\.0\.0$/));
  await expectFocusOn(page, 'h1');
  await expectAnnounced(page, '1.0.0 published.');

  // Label: a dialog returns the focus, and Back doesn't open it again.
  await publishAnother(me);
  await tabUntil(page, `header a[href="${set}"]`);
  await press(page, 'Enter', at(`**${set}`));
  await tabUntil(page, 'main a[href$="/-/labels"]');
  await press(page, 'Enter', at(/\/-\/labels$/));
  await tabUntil(page, 'a[href$="?new"]');
  await press(page, 'Enter', () => page.getByRole('dialog').waitFor());
  await expectFocusOn(page, 'dialog input[name="name"]');
  await press(page, 'Escape', () => page.getByRole('dialog').waitFor({ state: 'detached' }));
  await expectFocusOn(page, 'a[href$="?new"]');
  await press(page, 'Enter', () => page.getByRole('dialog').waitFor());
  await press(page, 'Enter', at(/\?label=production$/));
  await expectFocusOn(page, '#label-history');
  await expectAnnounced(page, 'production now points to 1.0.1.');

  // Any version can be written, then the way back.
  await tabUntil(page, 'main details summary');
  await keyboard.press('Enter');
  await tabUntil(page, 'input[name="to"]');
  await keyboard.press('ControlOrMeta+a');
  await keyboard.type('1.0.0');
  await press(page, 'Enter', () => page.getByText('Roll back').first().waitFor());
  await expectAnnounced(page, 'production now points to 1.0.0.');
  await expectFocusOn(page, '#label-history');
  await tabUntil(page, 'button[aria-label="Roll back production to 1.0.1"]');
  await press(page, 'Enter', () =>
    page.locator('button[aria-label="Roll back production to 1.0.0"]').first().waitFor(),
  );
  await expectAnnounced(page, 'production now points to 1.0.1.');
  await expectFocusOn(page, '#label-history');

  // A key, copied and revoked.
  await tabUntil(page, 'a[href$="/-/api-keys"]');
  await press(page, 'Enter', at(/\/-\/api-keys$/));
  await tabUntil(page, 'main a[href$="?new"]');
  await press(page, 'Enter', () => page.getByRole('dialog').waitFor());
  await keyboard.type('checkout');
  await press(page, 'Enter', () => page.getByText(/^ank_\w{20}/).waitFor());
  await expectFocusOn(page, 'main section[aria-labelledby]');
  await tabUntil(page, 'main section[aria-labelledby] button');
  await press(page, 'Enter', () => expectAnnounced(page, 'Copied.'));
  await tabUntil(page, 'main a[href*="?revoke="]');
  await press(page, 'Enter', () => page.getByRole('dialog').waitFor());
  await tabUntil(page, 'dialog button[value="revoke"]');
  await press(page, 'Enter', () => page.getByRole('dialog').waitFor({ state: 'detached' }));
  await expectAnnounced(page, 'API key revoked.');

  // Archive, and bring it back.
  await page.goto(`${set}/refund`);
  await page.locator('.cm-content[aria-label="Template"]').waitFor();
  await tabUntil(page, '.cm-content[aria-label="Template"]');
  await keyboard.press('Escape');
  await tabUntil(page, 'button[value="archive"]');
  await press(page, 'Enter', at(new RegExp(`${set}(\\?|$)`)));
  await expectAnnounced(page, 'Prompt refund archived.');
  await tabUntil(page, 'a[href*="?archived"]');
  await press(page, 'Enter', at(/\?archived/));
  await tabUntil(page, 'main a[href$="/emails/refund"]');
  await press(page, 'Enter', at(`**${set}/refund`));
  await tabUntil(page, 'button[value="restore"]');
  await press(page, 'Enter', () => page.locator('button[value="archive"]').waitFor());
  await expectAnnounced(page, 'Prompt refund restored.');

  // Sign out.
  await tabUntil(page, 'header details summary');
  await keyboard.press('Enter');
  await tabUntil(page, 'form[action="/sign-out"] button');
  await press(page, 'Enter', at(/\/sign-in$/));
  await expectFocusOn(page, 'input[type="email"]');
  expect(noises).toEqual([]);
  await context.close();
});

/** Publishes a second version of the set over HTTP. */
async function publishAnother({ trpc, organisation }: SignedIn): Promise<void> {
  const place = { organisation, project: 'support', set: 'emails' };
  const { content } = await trpc.prompts.get.query({ ...place, prompt: 'refund' });
  if (content.kind !== 'text') throw new Error('The prompt of this test is a text.');
  await edit(trpc, place, 'refund', { ...content, template: `${content.template} Be brief.` });
  await publish(trpc, place, '');
}

test('keys pressed while a page wakes up are no error', async () => {
  const { context, page, noises } = await visit(stage.browser, stage.server.url);
  await page.addInitScript(() => {
    // One after the other from the first moment on, so that some meet every state the page passes through.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      document
        .querySelector('input')
        ?.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true }));
      port2.postMessage(undefined);
    };
    port2.postMessage(undefined);
  });
  await page.goto('/register');
  await page.waitForFunction(() => Object.keys(document.body).some((key) => key.startsWith('__reactFiber')));
  expect(noises).toEqual([]);
  await context.close();
});
