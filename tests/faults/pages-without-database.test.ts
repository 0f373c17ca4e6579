import type { RouteConfigEntry } from '@remix-run/route-config';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import routes from '../../app/routes.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startDatabaseProxy, type DatabaseProxy } from '../support/database-proxy.ts';
import { startBuiltServer, type RunningServer } from '../support/running-server.ts';
import { makeSupportProject, signUp, type SignedIn } from '../support/sample-content.ts';

let database: TestDatabase;
let proxy: DatabaseProxy;
let server: RunningServer;
let me: SignedIn;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startDatabaseProxy(database.url);
  server = await startBuiltServer({ DATABASE_URL: proxy.url });
  me = await signUp(server.url);
  await makeSupportProject(me);
  proxy.cut();
});
afterAll(async () => {
  await server.stop();
  await proxy.stop();
  await database.drop();
});

/** Every URL of app/routes.ts, with a value for each parameter. */
function pathsOf(entries: readonly RouteConfigEntry[], parent = ''): string[] {
  return entries.flatMap(({ path, children = [] }) => {
    const full = path === undefined ? parent : `${parent}/${path}`.replace('//', '/');
    const own = path === undefined ? [] : [full];
    return [...own, ...pathsOf(children, full)];
  });
}

const VALUES: Record<string, string> = {
  project: 'support',
  set: 'emails',
  prompt: 'welcome',
  number: '1.0.0',
};
const fill = (path: string) =>
  path.replaceAll(/:(\w+)/g, (_, name: string) =>
    name === 'organisation' ? me.organisation : (VALUES[name] ?? 'x'),
  );

/** Not part of a production build, or not there. */
const NOT_THERE = /^\/(dev\/|\*)/;

/** Pages that ask the database for nothing, and those that take no form. Remix answers a redirect of data with 202. */
const WITHOUT_DATABASE: Record<string, number> = {
  'GET /theme': 302,
  'GET /theme.data': 202,
  'POST /theme': 303,
  'POST /theme.data': 202,
  'GET /sign-out': 302,
  'GET /sign-out.data': 202,
  'GET /o/:organisation/:project/:set/-/preview': 400,
  'GET /o/:organisation/:project/:set/-/preview.data': 200,
};
const WITHOUT_FORM = [
  '/',
  '/o/:organisation/-/projects',
  '/o/:organisation/:project',
  '/o/:organisation/:project/:set',
  '/o/:organisation/:project/:set/-/versions',
  '/o/:organisation/:project/:set/-/versions/:number',
  '/o/:organisation/:project/:set/-/versions/:number/print',
  '/o/:organisation/*',
];

const paths = pathsOf(routes).filter((path) => !NOT_THERE.test(path));

interface Ask {
  method: 'GET' | 'POST';
  path: string;
  isData: boolean;
  isSignedIn: boolean;
}

const asks: Ask[] = paths.flatMap((path) => [
  { method: 'GET', path, isData: false, isSignedIn: false },
  { method: 'GET', path, isData: false, isSignedIn: true },
  { method: 'GET', path, isData: true, isSignedIn: true },
  { method: 'POST', path, isData: false, isSignedIn: true },
  { method: 'POST', path, isData: true, isSignedIn: true },
]);

async function ask({ method, path, isData, isSignedIn }: Ask): Promise<Response> {
  const page = fill(path);
  const url = isData ? `${page === '/' ? '/_root' : page}.data` : page;
  return fetch(server.url + url, {
    method,
    redirect: 'manual',
    headers: {
      accept: 'text/html',
      'sec-fetch-site': 'same-origin',
      ...(isSignedIn ? { cookie: `${me.cookie.name}=${me.cookie.value}` } : {}),
      ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
    ...(method === 'POST' ? { body: 'name=A&email=a%40example.com&password=a+long+password' } : {}),
  });
}

const nameOf = ({ method, path, isData }: Ask) => `${method} ${path}${isData ? '.data' : ''}`;

function expectedStatus(one: Ask): number {
  if (one.method === 'POST' && WITHOUT_FORM.includes(one.path)) return 405;
  return WITHOUT_DATABASE[nameOf(one)] ?? 503;
}

describe('while the database is away', () => {
  test('no page answers 500', async () => {
    const failed: string[] = [];
    for (const one of asks) {
      const { status } = await ask(one);
      if (status === 500) failed.push(nameOf(one));
    }
    expect(failed).toEqual([]);
  });

  test('every page answers 503 with Retry-After, for documents, data requests and forms', async () => {
    await expect
      .poll(async () => (await fetch(`${server.url}/forgotten-password`)).status, { timeout: 30_000 })
      .toBe(503);
    const wrong: string[] = [];
    for (const one of asks) {
      const answer = await ask(one);
      const retryAfter = answer.headers.get('retry-after');
      const expected = expectedStatus(one);
      if (answer.status !== expected || retryAfter !== (expected === 503 ? '5' : null))
        wrong.push(`${nameOf(one)}: ${answer.status}, Retry-After ${retryAfter}`);
    }
    expect(wrong).toEqual([]);
  });

  test('a page says that the database is away, and works again when it is back', async () => {
    const page = await (await fetch(`${server.url}/sign-in`)).text();
    expect(page).toContain('The database can’t be reached right now. Try again in a moment.');
    proxy.resume();
    await expect
      .poll(async () => (await fetch(`${server.url}/sign-in`)).status, { timeout: 10_000 })
      .toBe(200);
  });
});
