import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, inTestOrganisation, registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '#tests/support/http.ts';
import { makeSet, textPrompt } from '#tests/support/prompts.ts';
import { getNextVersion } from '../services/versions/proposal.ts';
import { publishVersion } from '../services/versions/publish.ts';

// Delivery, REST and tRPC judge tokens, tags and queries alike, and word errors alike.

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let reader: TestClient;
let token: string;
let address: string;
let sha256: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  const account = await registerTestAccount(database);
  ({ token } = await createTestApiKey(account));
  reader = server.as({ token });
  const { context } = account;
  // Long enough to be compressed.
  const hello = textPrompt(`Hello {{ name }}. ${'Be warm. '.repeat(300)}`, ['name']);
  const set = await inTestOrganisation(account, async () => {
    const made = await makeSet(context, { hello });
    const { checksum } = await getNextVersion(context, made.ref);
    await publishVersion(context, { ...made.ref, checksum, changelog: '' });
    return made;
  });
  address = `${set.address}/hello`;
  sha256 = set.prompts.hello?.sha256 ?? '';
});

afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

const byAddress = (rest = '') => `/api/v1/prompts/by_address/${address}${rest}`;

test.each(['bearer', 'BEARER', 'Bearer', 'bEARER '])(
  'the scheme %j is Bearer at every interface',
  async (scheme) => {
    const headers = { authorization: `${scheme} ${token}` };
    const stranger = server.as(undefined);
    for (const url of [
      byAddress(),
      `/api/v1/contents/${sha256}`,
      '/api/v1/projects',
      '/trpc/projects.list?input=%7B%7D',
    ])
      expect([url, (await stranger.get(url, { headers })).status]).toEqual([url, 200]);
    for (const [url, body] of [
      [`/api/v1/render/${address}`, { values: { name: 'Ada' } }],
      ['/api/v1/resolve', { addresses: [address] }],
    ] as const)
      expect([url, (await stranger.post(url, body, { headers })).status]).toEqual([url, 200]);
  },
);

describe('an unknown query parameter', () => {
  it('that other products have is answered with the address to write, and not with the newest version', async () => {
    for (const [url, advice] of [
      [byAddress('?label=production'), 'Write hello@production, not ?label=production.'],
      [byAddress('?version=1.4'), 'Write hello@1.4, not ?version=1.4.'],
      [byAddress('@^1?label=staging'), 'Write hello@staging, not ?label=staging.'],
      [byAddress('?t=1'), 'Remove it.'],
      [byAddress('?label='), 'Remove it.'],
    ] as const) {
      const { status, body } = await reader.get(url);
      expect([url, status, body.error.reason]).toEqual([url, 400, 'query.unknown']);
      expect(body.error.message).toContain(advice);
    }
    const render = await reader.post(`/api/v1/render/${address}?label=production`, { values: {} });
    expect([render.status, render.body.error.message]).toEqual([
      400,
      'There is no query parameter "label" here. Write hello@production, not ?label=production.',
    ]);
  });

  it('is refused after the same address was answered, too', async () => {
    expect((await reader.get(byAddress())).status).toBe(200);
    expect((await reader.get(byAddress('?label=production'))).status).toBe(400);
    expect((await reader.get(byAddress('?'))).status).toBe(200);
  });
});

describe('a conditional request', () => {
  it.each(['by_address', 'contents', 'projects'])(
    'of %s is compared weakly, in a list and by *',
    async (route) => {
      const url =
        { by_address: byAddress(), contents: `/api/v1/contents/${sha256}` }[route] ?? '/api/v1/projects';
      const { headers } = await reader.get(url);
      const tag = String(headers.etag);
      for (const known of [tag, `W/${tag}`, `"x", ${tag}`, `W/"x",W/${tag}`, '*']) {
        const answer = await reader.get(url, { headers: { 'if-none-match': known } });
        expect([known, answer.status, answer.headers.etag, answer.text]).toEqual([known, 304, tag, '']);
      }
      for (const other of ['"x"', tag.slice(0, -2), tag.replaceAll('"', ''), '']) {
        const answer = await reader.get(url, { headers: { 'if-none-match': other } });
        expect([other, answer.status]).toEqual([other, 200]);
      }
    },
  );

  it('knows the representations apart, and takes the tag of either', async () => {
    const encodings: Record<string, string>[] = [{}, { 'accept-encoding': 'gzip' }];
    const ask = (headers: Record<string, string>) =>
      server.app.inject({ url: byAddress(), headers: { authorization: `Bearer ${token}`, ...headers } });
    const tags: string[] = [];
    for (const headers of encodings) tags.push(String((await ask(headers)).headers.etag));
    expect(tags).toEqual([tags[0], tags[0]?.replace(/"$/, '-gzip"')]);
    for (const tag of tags)
      for (const headers of encodings)
        expect([tag, (await ask({ ...headers, 'if-none-match': tag })).statusCode]).toEqual([tag, 304]);
  });
});

describe('a wrong field', () => {
  it('is named in the words of every interface', async () => {
    for (const [url, body, detail] of [
      [`/api/v1/render/${address}`, { valus: {} }, { field: 'valus', message: 'There is no such field.' }],
      [
        `/api/v1/render/${address}`,
        { values: null },
        { field: 'values', message: 'Expected object, received null.' },
      ],
      ['/api/v1/resolve', {}, { field: 'addresses', message: 'This is missing.' }],
      ['/api/v1/projects', {}, { field: 'name', message: 'This is missing.' }],
      ['/api/v1/projects', { name: 'x', nme: 1 }, { field: 'nme', message: 'There is no such field.' }],
    ] as const) {
      const answer = await reader.post(url, body);
      expect([url, answer.status, answer.body.error.details]).toEqual([url, 422, [detail]]);
    }
  });

  it('of a kind that restricts a key makes no key: `project_ids` isn’t `projects`', async () => {
    const input = {
      name: 'Narrow',
      scopes: ['read:prompts'],
      project_ids: ['01890a5d-ac96-774b-bcce-b302099a8057'],
    };
    const answers = [
      await reader.post('/trpc/apiKeys.create', input),
      await reader.post('/api/v1/api_keys', input),
    ];
    const details = [{ field: 'project_ids', message: 'There is no such field.' }];
    expect(answers.map(({ status }) => status)).toEqual([422, 422]);
    expect(answers.map(({ body }) => (body.error.data ?? body.error).details)).toEqual([details, details]);
  });

  it('is refused as the text "false" where a boolean is wanted', async () => {
    const input = encodeURIComponent(
      JSON.stringify({ set_id: '01890a5d-ac96-774b-bcce-b302099a8057', archived: 'false' }),
    );
    const { status, body } = await reader.get(`/trpc/prompts.list?input=${input}`);
    expect([status, body.error.data.details[0]?.field]).toEqual([422, 'archived']);
  });
});

describe('a body of another type', () => {
  it('is refused with the type that the route takes and the one that was sent', async () => {
    const ask = async (url: string, type: string) => {
      const { status, body } = await reader.request('POST', url, {
        body: '{}',
        headers: { 'content-type': type },
      });
      return [status, body.error.message];
    };
    expect(await ask(`/api/v1/render/${address}`, 'text/plain;charset=UTF-8')).toEqual([
      415,
      'This route takes application/json, and the body was sent as text/plain;charset=UTF-8. Send the header "Content-Type: application/json".',
    ]);
    expect(await ask('/api/v1/projects/a/prompt_sets/b/import', 'application/json')).toEqual([
      415,
      'This route takes text/csv, and the body was sent as application/json. Send the header "Content-Type: text/csv".',
    ]);
  });
});

test('what tRPC’s context refuses has the code of its status', async () => {
  const { body } = await server.as({ token: 'ank_x' }).get('/trpc/projects.list?input=%7B%7D');
  expect(body.error).toMatchObject({ code: -32001, data: { code: 'UNAUTHORIZED', httpStatus: 401 } });
});
