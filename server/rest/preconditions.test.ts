import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '#tests/support/http.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';

// Of two requests that change a state which both have read, one succeeds, whatever they change.

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let account: TestAccount;
let client: TestClient;
let set: TestSet;
let prompt: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  account = await registerTestAccount(database);
  client = server.as(await createTestApiKey(account));
});
beforeEach(async () => {
  set = await makeSet(account.context, { a: textPrompt('A') });
  prompt = `/api/v1/prompts/${set.prompts.a?.id}`;
});
afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

const send = (method: 'PATCH' | 'POST' | 'PUT' | 'DELETE', url: string, ifMatch: string, body?: object) =>
  client.request(method, url, { body, headers: { 'if-match': ifMatch } });

const rename = (name: string) => () => send('PATCH', prompt, '"1"', { name });
const write = (text: string) => () => send('PATCH', prompt, '"1"', { content: textPrompt(text) });
const both = (text: string) => () => send('PATCH', prompt, '"1"', { name: text, content: textPrompt(text) });
const archive = () => send('POST', `${prompt}/archive`, '"1"');

describe('of two requests with one If-Match', () => {
  it.each([
    ['new names', rename('One'), rename('Two')],
    ['a new name and a new text', rename('One'), write('One')],
    ['new texts', write('One'), write('Two')],
    ['names with texts', both('One'), both('Two')],
    ['a new name and archiving', rename('One'), archive],
    ['a new text and archiving', write('One'), archive],
    ['archiving twice', archive, archive],
  ])(
    'for %s, one succeeds and the other is told the state, one after the other and at once',
    async (_what, one, two) => {
      for (const isAtOnce of [false, true]) {
        set = await makeSet(account.context, { a: textPrompt('A') });
        prompt = `/api/v1/prompts/${set.prompts.a?.id}`;
        const answers = isAtOnce ? await Promise.all([one(), two()]) : [await one(), await two()];
        const { body, headers } = await client.get(prompt);
        const [won] = answers.filter(({ status }) => status === 200);
        const [lost] = answers.filter(({ status }) => status !== 200);
        expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
        expect(won?.body.prompt).toEqual(body.prompt);
        expect(won?.headers.etag).toBe(headers.etag);
        expect(headers.etag).not.toBe('"1"');
        // An archived prompt can't be changed, whatever the tag.
        expect([412, 422]).toContain(lost?.status);
        expect(['revision_conflict', 'archived']).toContain(lost?.body.error.reason);
      }
    },
  );

  it('for a label or an API key, one succeeds', async () => {
    const url = `/api/v1/prompt_sets/${set.id}`;
    const { body } = await client.get(`${url}/next_version`);
    await client.post(`${url}/versions`, { checksum: body.next_version.checksum });
    const label = `${url}/labels/production`;
    const moved = await Promise.all(
      [1, 2].map(() => client.request('PUT', label, { body: { from: null, to: '1.0.0' } })),
    );
    expect(moved.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const removed = await Promise.all([1, 2].map(() => send('DELETE', label, '"1.0.0"')));
    expect(removed.map(({ status }) => status).toSorted()).toEqual([204, expect.any(Number)]);
    expect(removed.some(({ status }) => status >= 400)).toBe(true);
    const { id } = await createTestApiKey(account);
    const revoked = await Promise.all([1, 2].map(() => send('DELETE', `/api/v1/api_keys/${id}`, '"active"')));
    expect(revoked.map(({ status }) => status).toSorted()).toEqual([200, 412]);
  });
});

it('a new name makes a revision and a new ETag, so a cached prompt isn’t taken for the renamed one', async () => {
  const renamed = await rename('Renamed')();
  expect([renamed.status, renamed.headers.etag, renamed.body.prompt.revision]).toEqual([200, '"2"', 2]);
  const cached = await client.get(prompt, { headers: { 'if-none-match': '"1"' } });
  expect([cached.status, cached.body.prompt.name]).toEqual([200, 'Renamed']);
  // The same name again changes nothing.
  const again = await send('PATCH', prompt, '"2"', { name: 'Renamed' });
  expect([again.status, again.headers.etag]).toEqual([200, '"2"']);
});

it('a tag that says archived isn’t that of a restored prompt', async () => {
  await archive();
  expect((await send('PATCH', prompt, '"1-archived"', { name: 'New' })).body.error.reason).toBe('archived');
  await send('POST', `${prompt}/restore`, '"1-archived"');
  const stale = await send('PATCH', prompt, '"1-archived"', { name: 'New' });
  expect([stale.status, stale.body.error.reason]).toEqual([412, 'revision_conflict']);
});
