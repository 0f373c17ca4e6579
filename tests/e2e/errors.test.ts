import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asAdmin } from '#db/embedded/roles.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startBuiltServer, type RunningServer } from '../support/running-server.ts';
import { makeSupportProject, signUp, type SignedIn } from '../support/sample-content.ts';
import { enter, useStage } from '../support/stage.ts';

const stage = useStage();
let me: SignedIn;
let base: string;

beforeAll(async () => {
  me = await signUp(stage.server.url);
  await makeSupportProject(me);
  base = `/o/${me.organisation}/support/emails`;
});

/** Every page that takes a form. */
const FORMS = ['', '/-/projects/new', '/-/api-keys', '/support/-/new-set', '/support/emails/-/new-prompt']
  .concat(['/support/emails/-/publish', '/support/emails/-/labels', '/support/emails/-/preview'])
  .concat(['/support/emails/welcome', '/support/emails/welcome/-/revisions'])
  .map((path) => `/o/none${path}`)
  .concat(['/sign-in', '/register', '/forgotten-password', '/sign-in-link', '/link', '/theme']);

describe('a body that is no form', () => {
  test.each(FORMS)('is refused at %s and is no bug', async (path) => {
    for (const type of ['text/plain', 'multipart/form-data; boundary=x', undefined]) {
      const headers: Record<string, string> = { 'sec-fetch-site': 'same-origin', 'content-type': type ?? '' };
      if (type === undefined) delete headers['content-type'];
      const body = new TextEncoder().encode('--x\r\nno form');
      const answer = await fetch(stage.server.url + path, { method: 'POST', headers, body });
      expect([type, answer.status]).toEqual([type, 400]);
    }
  });
});

describe('what is not there', () => {
  test('is named, with a way on and the request to ask about', async () => {
    const { context, page } = await enter(stage, { who: me });
    const answer = await page.goto(`/o/${me.organisation}/support/mails`);
    expect(answer?.status()).toBe(404);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(
      'support/mails wasn’t found, or you don’t have access.',
    );
    const said = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
    expect(said).toContain(`Request ${answer?.headers()['x-request-id']}`);
    expect(said).toContain('Did you mean this one?');
    await page.getByRole('link', { name: 'support/emails', exact: true }).click();
    await page.waitForURL((url) => url.pathname === base);
    await context.close();
  });

  test('looks to a stranger like what belongs to somebody else', async () => {
    const stranger = await enter(stage);
    const theirs = await htmlOf(stranger.page, base, me.organisation);
    const nobodys = await htmlOf(
      stranger.page,
      '/o/no-such-organisation/support/emails',
      'no-such-organisation',
    );
    expect(theirs).toEqual(nobodys);
    expect(theirs.status).toBe(404);
    await stranger.context.close();
  });
});

describe('what was typed wrong', () => {
  test.each([true, false])('is said at its field, with JavaScript: %s', async (javaScript) => {
    const { context, page } = await enter(stage, { who: me, javaScript });
    await page.goto(`/o/${me.organisation}/-/projects/new`);
    await page.getByLabel('Name').fill('Support again');
    const slug = page.locator('[name="slug"]');
    await slug.evaluate((field) => field.closest('details')?.setAttribute('open', ''));
    await slug.fill('support');
    await page.getByRole('button', { name: 'Create project' }).click();
    await page.locator('[aria-invalid="true"]').first().waitFor();
    expect(await errorOf(page, 'slug')).toMatch(/support/);
    expect(await page.getByLabel('Name').inputValue()).toBe('Support again');

    await page.goto(`${base}/-/new-prompt`);
    await page.getByRole('button', { name: 'Create prompt' }).click();
    await page.locator('[aria-invalid="true"]').first().waitFor();
    expect(await errorOf(page, 'name')).toMatch(/empty/);
    await context.close();
  });
});

describe('what is wrong in Anvil itself', () => {
  let database: TestDatabase;
  let server: RunningServer;
  beforeAll(async () => {
    database = await createTestDatabase();
    server = await startBuiltServer({ DATABASE_URL: database.url });
  });
  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  test.each([true, false])(
    'is a page without details, which stand in the log, with JavaScript: %s',
    async (javaScript) => {
      const { context, page, me: owner } = await enter({ ...stage, server }, { javaScript });
      await owner.trpc.projects.create.mutate({ name: 'Support' });
      await asAdmin(database.adminUrl, (admin) =>
        admin.query('alter table projects rename column slug to gone'),
      );
      try {
        const answer = await page.goto(`/o/${owner.organisation}/-/projects`);
        expect(answer?.status()).toBe(500);
        await page.getByRole('heading', { name: 'Internal error' }).waitFor();
        const html = (await answer?.text()) ?? '';
        expect(html).not.toMatch(/column|select |\bat .*\.m?js/i);
        const requestId = answer?.headers()['x-request-id'] ?? 'none';
        expect(await page.locator('main').innerText()).toContain(requestId);
        await expect.poll(() => server.log()).toContain(requestId);
        expect(server.log()).toMatch(/column .*slug/);
      } finally {
        await asAdmin(database.adminUrl, (admin) =>
          admin.query('alter table projects rename column gone to slug'),
        );
      }
      await context.close();
    },
  );
});

/** The page as it came, without what differs by nature: the name itself, ids of requests, nonces. */
async function htmlOf(page: Page, path: string, name: string) {
  const answer = await page.request.get(path);
  const { 'x-request-id': requestId = 'none', ...headers } = answer.headers();
  const html = (await answer.text())
    .replaceAll(name, 'NAME')
    .replaceAll(requestId, 'REQUEST')
    .replaceAll(/nonce="[^"]*"|"cspNonce":"[^"]*"/g, 'NONCE');
  return { status: answer.status(), cache: headers['cache-control'], type: headers['content-type'], html };
}

/** The error that a field names as its own. */
async function errorOf(page: Page, name: string): Promise<string> {
  const field = page.locator(`[name="${name}"]`);
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  const [id = ''] = ((await field.getAttribute('aria-describedby')) ?? '').split(' ');
  return page.locator(`[id="${id}"]`).innerText();
}
