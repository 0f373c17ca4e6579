import type { Browser, Page } from 'playwright-core';
import type { ParsedMail } from 'mailparser';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { expectAccessible, expectNoSidewaysScroll, launchBrowser, visit } from '../support/browser.ts';
import { linkIn, startMailReceiver, type MailReceiver } from '../support/mail-receiver.ts';
import { startBuiltServer, type RunningServer } from '../support/running-server.ts';
import { signUp, type SignedIn } from '../support/sample-content.ts';

// Each test plays a whole journey, with mails between; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 300_000 });

// The built server with a real SMTP server beside it; and ones on which things are switched off.

const PASSWORD = 'four words nobody combines';

let browser: Browser;
let receiver: MailReceiver;
let server: RunningServer;
let first: SignedIn;
let people = 0;

beforeAll(async () => {
  receiver = await startMailReceiver();
  server = await startBuiltServer({
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(receiver.port),
    FROM_EMAIL: 'Anvil <noreply@anvil.example.com>',
  });
  browser = await launchBrowser();
  first = await signUp(server.url);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await receiver.close();
});

const newEmail = () => `mailed-${(people += 1)}-${Date.now()}@example.com`;

/** The newest mail to an address that is about this. */
async function mailTo(email: string, subject: string): Promise<ParsedMail> {
  const found = () =>
    receiver.mails.findLast(
      (mail) => mail.subject === subject && [mail.to ?? []].flat().some(({ text }) => text === email),
    );
  await expect.poll(found).toBeDefined();
  const mail = found();
  if (!mail) throw new Error('The mail is gone again');
  return mail;
}

/** Nothing is found in both themes, and nothing is too wide. */
async function look(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
}

/** Asks for an account. @returns the link that is mailed */
async function askByMail(page: Page, email: string): Promise<string> {
  await page.goto('/register');
  await page.getByLabel('Name').fill('Grace Hopper');
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await page.getByRole('heading', { name: 'Check your email' }).waitFor();
  return linkIn((await mailTo(email, 'Create your Anvil account')).text);
}

describe.each([{ javaScript: true }, { javaScript: false }])(
  'by mail, with JavaScript: $javaScript',
  ({ javaScript }) => {
    test('one registers, forgets the password, chooses another, and signs in by a link', async () => {
      const { context, page, noises } = await visit(browser, server.url, { javaScript });
      const email = newEmail();
      await page.goto(await askByMail(page, email));
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.waitForURL(/\/o\/grace-hopper/);
      await context.clearCookies();

      await page.goto('/sign-in');
      await page.getByRole('link', { name: 'Forgot your password?' }).click();
      await page.waitForURL(/\/forgotten-password$/);
      await page.getByLabel('E-mail').fill(email);
      await page.getByRole('button', { name: 'Send me a link' }).click();
      await page.getByRole('heading', { name: 'Check your email' }).waitFor();
      const reset = linkIn((await mailTo(email, 'Choose a new password for Anvil')).text);
      // A scanner opens every link of a mail, more than once.
      for (let scan = 0; scan < 3; scan += 1) expect((await fetch(reset)).status).toBe(200);
      await page.goto(reset);
      await page.getByLabel('New password').fill('password1234');
      await page.getByRole('button', { name: 'Set the new password' }).click();
      await page.locator('[aria-invalid="true"]').waitFor();
      await page.getByLabel('New password').fill(`${PASSWORD} again`);
      await page.getByRole('button', { name: 'Set the new password' }).click();
      await page.waitForURL(/\/o\/grace-hopper/);
      expect((await page.goto(reset))?.status()).toBe(404);
      await page.getByRole('heading', { name: 'This link has expired or was already used' }).waitFor();
      await context.clearCookies();

      await page.goto('/sign-in');
      await page.getByLabel('E-mail').fill(email);
      await page.getByRole('button', { name: 'Send me a link' }).click();
      await page.getByRole('heading', { name: 'Check your email' }).waitFor();
      await page.goto(linkIn((await mailTo(email, 'Sign in to Anvil')).text));
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(/\/o\/grace-hopper/);
      expect(noises).toEqual([]);
      await context.close();
    });

    test('a sign-in link leads to the page that was opened before', async () => {
      const { context, page } = await visit(browser, server.url, { javaScript });
      const email = newEmail();
      await page.goto(await askByMail(page, email));
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.waitForURL(/\/o\/grace-hopper/);
      const wanted = `${new URL(page.url()).pathname}/-/projects`;
      await context.clearCookies();
      await page.goto(wanted);
      await page.getByText('Sign in to continue to the page that you opened.').waitFor();
      await page.getByLabel('E-mail').fill(email);
      await page.getByRole('button', { name: 'Send me a link' }).click();
      await page.getByRole('heading', { name: 'Check your email' }).waitFor();
      await page.goto(linkIn((await mailTo(email, 'Sign in to Anvil')).text));
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${server.url}${wanted}`);
      await context.close();
    });

    test('one asks for a link without an address and is told at the field', async () => {
      const { context, page } = await visit(browser, server.url, { javaScript });
      await page.goto('/sign-in');
      await page.getByRole('button', { name: 'Send me a link' }).click();
      await page.locator('[aria-invalid="true"]').waitFor();
      expect(new URL(page.url()).pathname).toBe('/sign-in-link');
      await context.close();
    });
  },
);

test('the first account confirms its address where it is signed in, and stays so', async () => {
  const { context, page } = await visit(browser, server.url);
  await context.addCookies([{ ...first.cookie, url: server.url }]);
  await page.goto('/confirm-address');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await page.getByRole('heading', { name: 'Check your email' }).waitFor();
  await page.goto(linkIn((await mailTo(first.email, 'Confirm your address for Anvil')).text));
  expect(await page.getByLabel('New password').count()).toBe(0);
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await page.waitForURL(/\/o\//);
  const again = await fetch(`${server.url}/trpc/accounts.me`, {
    headers: { cookie: `${first.cookie.name}=${first.cookie.value}`, 'sec-fetch-site': 'same-origin' },
  });
  expect(again.status).toBe(200);
  await context.close();
});

describe('an account that was never confirmed', () => {
  test.each([{ javaScript: true }, { javaScript: false }])(
    'names the API keys that stop, and signs nobody in who declines; JavaScript: $javaScript',
    async ({ javaScript }) => {
      const owner = await signUpUnconfirmed();
      const { context, page, noises } = await visit(browser, server.url, { javaScript });
      await context.addCookies([{ ...owner.cookie, url: server.url }]);
      await page.goto('/');
      const notice = page.getByRole('complementary', { name: 'Your address' });
      await notice.getByText(owner.email).waitFor();
      if (javaScript) await look(page);
      await notice.getByRole('link', { name: 'Confirm your address' }).click();
      await page.getByRole('button', { name: 'Send me a link' }).click();
      const link = linkIn((await mailTo(owner.email, 'Confirm your address for Anvil')).text);
      await context.clearCookies();

      await page.goto(link);
      await page.getByText('production app').waitFor();
      if (javaScript) await look(page);
      const password = page.getByLabel('New password');
      await password.fill('four words nobody combines');
      await page.getByRole('button', { name: 'Confirm the address' }).click();
      // The browser asks for the agreement, so nothing was sent.
      expect(new URL(page.url()).pathname).toBe('/link');
      await page.getByRole('link', { name: 'Cancel' }).click();
      await page.waitForURL(/\/sign-in/);
      expect(await statusOf(owner.apiKey)).toBe(200);

      await page.goto(link);
      await password.fill('four words nobody combines');
      await page.getByLabel('Stop this API key').check();
      await page.getByRole('button', { name: 'Confirm the address' }).click();
      await page.waitForURL(/\/o\//);
      expect(await notice.count()).toBe(0);
      expect(await statusOf(owner.apiKey)).toBe(401);
      expect(noises).toEqual([]);
      await context.close();
    },
  );

  /** An account as it was created before mail was configured, with an API key. */
  async function signUpUnconfirmed() {
    const other = await startBuiltServer({ DATABASE_URL: server.databaseUrl });
    try {
      const owner = await signUp(other.url);
      const { organisation } = owner;
      const scopes = ['read:prompts' as const];
      const key = await owner.trpc.apiKeys.create.mutate({ organisation, name: 'production app', scopes });
      return { ...owner, apiKey: key.token };
    } finally {
      await other.stop();
    }
  }

  const statusOf = async (apiKey: string) => {
    const headers = { authorization: `Bearer ${apiKey}` };
    return (await fetch(`${server.url}/api/v1/projects`, { headers })).status;
  };
});

describe('axe in both themes finds nothing', () => {
  test.each(['/register', '/sign-in', '/forgotten-password', '/sign-in-link'])('on %s', async (path) => {
    const { context, page } = await visit(browser, server.url);
    await page.goto(path);
    await look(page);
    await context.close();
  });

  test('on what follows, behind the link, and in the mail', async () => {
    const { context, page } = await visit(browser, server.url);
    const email = newEmail();
    const link = await askByMail(page, email);
    await look(page);
    await page.goto(link);
    await look(page);
    const { html } = await mailTo(email, 'Create your Anvil account');
    await page.goto('about:blank');
    await page.setContent(html || '');
    await expectAccessible(page);
    await context.close();
  });
});

test('no link stands in the log of the server', () => {
  expect(receiver.mails.length).toBeGreaterThan(5);
  expect(server.log()).not.toMatch(/token=|example\.com/);
});

describe('where things are switched off', () => {
  test('registering, mails, links and API keys say so on their pages', async () => {
    const off = await startBuiltServer({ ENABLE_REGISTRATIONS: 'false', ENABLE_API_KEYS: 'false' });
    try {
      const me = await signUp(off.url);
      const { context, page } = await visit(browser, off.url);
      const says = async (path: string, words: RegExp) => {
        await page.goto(path);
        await page.getByText(words).first().waitFor();
      };
      await says('/register', /Registration is switched off here/);
      await says('/forgotten-password', /anvil-server user reset-link/);
      await says('/sign-in-link', /Sign-in links are switched off here/);
      await page.goto('/sign-in');
      expect(await page.getByRole('button', { name: 'Send me a link' }).count()).toBe(0);
      await context.addCookies([{ ...me.cookie, url: off.url }]);
      await says(`/o/${me.organisation}/-/api-keys?new`, /API keys are switched off on this instance/);
      await look(page);
      expect(await page.getByRole('link', { name: 'New key' }).count()).toBe(0);
      await context.close();
    } finally {
      await off.stop();
    }
  });

  test('in development without a transport mails lie in an inbox, and their links work', async () => {
    const development = await startBuiltServer({ NODE_ENV: 'test', ANVIL_DEV_PAGES: 'true' });
    try {
      await signUp(development.url);
      const { context, page } = await visit(browser, development.url);
      const lies = async (subject: string) => {
        const heading = page.getByRole('heading', { name: subject });
        const reload = async () => {
          await page.goto('/dev/mail');
          return heading.count();
        };
        await expect.poll(reload).toBe(1);
        return page.locator('section', { has: heading });
      };
      await lies('Confirm your address for Anvil');
      await look(page);
      await page.goto('/register');
      await page.getByLabel('Name').fill('Grace Hopper');
      await page.getByLabel('E-mail').fill(newEmail());
      await page.getByRole('button', { name: 'Send me a link' }).click();
      await page.getByRole('link', { name: 'see them here' }).click();
      await page.waitForURL(/\/dev\/mail$/);
      const mail = await lies('Create your Anvil account');
      await mail.getByRole('link').first().click();
      await page.getByRole('button', { name: 'Create account' }).waitFor();
      await context.close();
    } finally {
      await development.stop();
    }
  });
});
