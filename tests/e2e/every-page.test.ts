import type { RouteConfigEntry } from '@remix-run/route-config';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import routes from '#app/routes.ts';
import { expectAccessible, expectNoSidewaysScroll, visit } from '../support/browser.ts';
import { expectOneLiveRegion, expectPlainHeadings } from '../support/page-rules.ts';
import { makeSupportProject, signUp, type SignedIn } from '../support/sample-content.ts';
import { enter, useStage } from '../support/stage.ts';

const stage = useStage();
const SET = '/o/:organisation/support/emails';

interface Walked {
  path: string;
  /** Without a session. */
  stranger?: boolean;
  status?: number;
}

/** By route: the pages to look at. `null`: no page answers there (a form's address, data, development only). */
const PAGES: Record<string, Walked[] | null> = {
  '/': null,
  'sign-in': [{ path: '/sign-in', stranger: true }],
  register: [{ path: '/register', stranger: true }],
  'forgotten-password': [{ path: '/forgotten-password', stranger: true }],
  'sign-in-link': [{ path: '/sign-in-link', stranger: true }],
  'confirm-address': [{ path: '/confirm-address' }],
  link: [{ path: '/link?token=wrong', status: 404, stranger: true }],
  'sign-out': null,
  theme: null,
  'o/:organisation': [{ path: '/o/:organisation' }],
  'o/:organisation/-/projects': [{ path: '/o/:organisation/-/projects' }],
  'o/:organisation/-/projects/new': [{ path: '/o/:organisation/-/projects/new' }],
  'o/:organisation/-/api-keys': [
    { path: '/o/:organisation/-/api-keys' },
    { path: '/o/:organisation/-/api-keys?new' },
  ],
  'o/:organisation/:project': [{ path: '/o/:organisation/support' }],
  'o/:organisation/:project/-/new-set': [{ path: '/o/:organisation/support/-/new-set' }],
  'o/:organisation/:project/:set': [{ path: SET }, { path: '/o/:organisation/support/triage' }],
  'o/:organisation/:project/:set/-/new-prompt': [{ path: `${SET}/-/new-prompt` }],
  'o/:organisation/:project/:set/-/publish': [
    { path: `${SET}/-/publish` },
    { path: '/o/:organisation/support/triage/-/publish' },
  ],
  'o/:organisation/:project/:set/-/versions': [{ path: `${SET}/-/versions` }],
  'o/:organisation/:project/:set/-/versions/:number': [
    { path: `${SET}/-/versions/1.1.0` },
    { path: `${SET}/-/versions/1.0.0` },
  ],
  'o/:organisation/:project/:set/-/versions/:number/print': [{ path: `${SET}/-/versions/1.1.0/print` }],
  'o/:organisation/:project/:set/-/labels': [
    { path: `${SET}/-/labels?label=production` },
    { path: `${SET}/-/labels?new` },
  ],
  'o/:organisation/:project/:set/-/preview': null,
  'o/:organisation/:project/:set/:prompt': [{ path: `${SET}/refund` }, { path: `${SET}/escalation` }],
  'o/:organisation/:project/:set/:prompt/-/revisions': [{ path: `${SET}/refund/-/revisions` }],
  'o/:organisation/*': [{ path: `${SET}/-/no-such-page`, status: 404 }],
  'dev/ui': null,
  'dev/ui/frame': null,
  'dev/ui/errors/:status': null,
  'dev/mail': null,
  '*': [
    { path: '/no/such/page', status: 404 },
    { path: '/no/such/page', status: 404, stranger: true },
    { path: '/o/:organisation/support/mails', status: 404 },
  ],
};

let me: SignedIn;

beforeAll(async () => {
  me = await signUp(stage.server.url);
  await makeSupportProject(me);
});

test('every route is in the list of pages that are looked at', () => {
  expect(Object.keys(PAGES).sort()).toEqual(pathsOf(routes).sort());
});

describe('on every page', () => {
  const walked = Object.values(PAGES).flatMap((pages) => pages ?? []);
  test.each(walked)(
    'axe in both themes, the console and the HTML are content: $path',
    async ({ path, stranger, status = 200 }) => {
      const { context, page, noises } = stranger
        ? await visit(stage.browser, stage.server.url)
        : await enter(stage, { who: me });
      await page.addInitScript(watchPolicy);
      const answer = await page.goto(path.replace(':organisation', me.organisation), { waitUntil: 'load' });
      expect(answer?.status()).toBe(status);
      await page.waitForLoadState('networkidle');
      expect(await page.title()).toMatch(/\S.* · Anvil$/);
      await expectAccessible(page);
      await expectPlainHeadings(page);
      if (!stranger && status === 200) await expectOneLiveRegion(page);
      await expectNoSidewaysScroll(page);
      expect(await page.evaluate(doubledIds)).toEqual([]);
      expect(
        doubled([...((await answer?.text()) ?? '').matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)),
      ).toEqual([]);
      expect(await page.evaluate(brokenRules)).toEqual([]);
      expect(noises).toEqual([]);
      await context.close();
    },
  );
});

describe('what the first pages weigh', () => {
  test.each([
    { path: '/sign-in', stranger: true },
    { path: '/o/:organisation' },
    { path: SET },
    // The prompt editor is no first page: the code of its editor loads after the page is there.
    { path: `${SET}/-/versions` },
  ])('at most 400 kB and 40 requests before the first row: $path', async ({ path, stranger }) => {
    const { context, page } = stranger
      ? await visit(stage.browser, stage.server.url)
      : await enter(stage, { who: me });
    const weight = await weigh(page);
    await page.goto(path.replace(':organisation', me.organisation), { waitUntil: 'networkidle' });
    const { bytes, requests } = weight();
    expect(requests).toBeLessThanOrEqual(40);
    expect(bytes).toBeLessThanOrEqual(400_000);
    await context.close();
  });
});

/** Counts what comes over the wire, headers and fonts included. */
async function weigh(page: Page): Promise<() => { bytes: number; requests: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  let requests = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
    requests += 1;
  });
  return () => ({ bytes, requests });
}

/** The paths of all routes, those of layouts with their children's. */
function pathsOf(entries: RouteConfigEntry[]): string[] {
  return entries.flatMap(({ path, children }) => [
    ...(path === undefined ? [] : [path]),
    ...pathsOf(children ?? []),
  ]);
}

function doubled(ids: (string | undefined)[]): (string | undefined)[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

// These three run in the page.
function watchPolicy(): void {
  const broken: string[] = [];
  Object.assign(window, { broken });
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    broken.push(`${violatedDirective} ${blockedURI}`),
  );
}
function brokenRules(): string[] {
  return (window as unknown as { broken: string[] }).broken;
}
function doubledIds(): string[] {
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}
