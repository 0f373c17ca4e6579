import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '#tests/support/http.ts';

/** Requests that nobody's client sends by itself. None may end as a bug of ours, a 500. */

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let client: TestClient;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  // With pages, which take every path that nothing else takes.
  const page = () =>
    Promise.resolve(new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }));
  server = await testApp(database, {
    options: { pages: () => Promise.resolve({ handle: page, development: false }) },
  });
  client = server.as(await createTestApiKey(await registerTestAccount(database)));
});

afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
}

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
/** A value of the right form for each parameter of a path; nothing has to be there. */
const RIGHT: Record<string, string> = {
  set_id: ID,
  prompt_id: ID,
  api_key_id: ID,
  number: '1',
  sha256: 'a'.repeat(64),
};

/** Each operation of the document once for each of its parameters, with a value in its place. */
async function withParameter(value: string) {
  const { paths } = (await client.get('/api/v1/openapi.json')).body as {
    paths: Record<string, Record<string, Operation>>;
  };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { parameters = [] }]) =>
      parameters
        .filter((parameter) => parameter.in === 'path' || parameter.in === 'query')
        .map((parameter) => {
          const isQuery = parameter.in === 'query';
          const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
            name === parameter.name && !isQuery ? value : (RIGHT[name] ?? 'welcome'),
          );
          const headers = {
            'if-match': '"1"',
            ...(path.endsWith('/import') ? { 'content-type': 'text/csv' } : {}),
          };
          const body = path.endsWith('/import') ? 'name,prompt\na,b\n' : undefined;
          return {
            what: `${method} ${path} ${parameter.name}`,
            ask: () =>
              client.request(method.toUpperCase(), isQuery ? `${url}?${parameter.name}=${value}` : url, {
                headers,
                ...(body === undefined ? {} : { body }),
              }),
          };
        }),
    ),
  );
}

describe('a parameter in an address', () => {
  it.each(['%00', 'a%00b', '2147483648', '9'.repeat(30)])(
    'that reads %s is refused or not found at every route, never a bug',
    async (value) => {
      const asked = await withParameter(value);
      expect(asked.length).toBeGreaterThan(60);
      for (const { what, ask } of asked) {
        const { status } = await ask();
        expect([what, status < 500], `${what} answered ${status}`).toEqual([what, true]);
      }
    },
  );

  it('that holds a NUL is named', async () => {
    for (const [field, url] of [
      ['project', '/api/v1/projects/%00'],
      ['name', `/api/v1/prompt_sets/${ID}/labels/%00/history`],
      ['number', `/api/v1/prompts/${ID}/revisions/2147483648`],
    ] as const) {
      const { status, body } = await client.get(url);
      expect([url, status, body.error.details[0]?.field]).toEqual([url, 422, field]);
    }
  });
});

describe('a text in a call', () => {
  it('that holds a NUL is named where something is looked up by it', async () => {
    for (const [procedure, field, input] of [
      ['accounts.signIn', 'email', { email: 'a\0', password: 'whatever it is' }],
      ['apiKeys.create', 'projects.0', { name: 'x', scopes: ['read:prompts'], projects: ['\0'] }],
      ['labels.remove', 'name', { set_id: ID, name: '\0', from: '1.0.0' }],
      ['versions.publish', 'set', { project: 'a', set: '\0', checksum: 'a'.repeat(64) }],
      ['prompts.archive', 'revision', { prompt_id: ID, revision: 2 ** 31 }],
    ] as const) {
      const { status, body } = await client.post(`/trpc/${procedure}`, input);
      expect([procedure, status, body.error.data.details[0]?.field]).toEqual([procedure, 422, field]);
    }
  });
});

describe('a path that the API does not have', () => {
  it('is not found as JSON, whatever the pages would make of it', async () => {
    for (const url of [
      '/api',
      '/api/',
      '/api/v1',
      '/api/v1/resolve/',
      '/api/v1//projects',
      '/api/v2/projects',
    ]) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { status, body } = await client.request(method, url);
        expect([method, url, status, body.error?.reason]).toEqual([method, url, 404, 'not_found']);
      }
    }
  });
});

describe('a method that a path does not have', () => {
  it('is refused at pages too where it can’t even be handed on', async () => {
    for (const url of ['/', '/sign-in', '/trpc/accounts.me']) {
      const { status, text } = await client.request('TRACE', url);
      expect([url, status]).toEqual([url, 405]);
      expect(text).toContain('"method_not_allowed"');
    }
  });

  it('is refused with those that it has, OPTIONS and TRACE too', async () => {
    for (const method of ['OPTIONS', 'TRACE', 'DELETE']) {
      for (const [url, allow] of [
        ['/api/v1/projects', 'GET, HEAD, POST'],
        ['/api/v1/resolve', 'POST'],
      ]) {
        const { status, headers, body } = await client.request(method, url ?? '');
        expect([method, url, status, headers.allow, body.error?.reason]).toEqual([
          method,
          url,
          405,
          allow,
          'method_not_allowed',
        ]);
      }
    }
  });
});
