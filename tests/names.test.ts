import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '#tests/support/http.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';

// A name stands beside other text on pages, in logs, in mails and on terminals, so it is one visible line that leaves the
// text around it alone. The same holds for everything that people name, by every interface.

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let account: TestAccount;
let client: TestClient;
let set: TestSet;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  account = await registerTestAccount(database);
  client = server.as(await createTestApiKey(account));
  set = await makeSet(account.context, { a: textPrompt('A') });
});
afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

const REFUSED: Record<string, string> = {
  'a line break': 'Ada\nLovelace',
  'a carriage return': 'Ada\rLovelace',
  'a tab': 'Ada\tLovelace',
  'a NUL': 'Ada\0Lovelace',
  'an escape': 'Ada\u001b[2J',
  'a delete character': 'Ada\u007f',
  'a next-line character': 'Ada\u0085Lovelace',
  'a line separator': 'Ada\u2028Lovelace',
  'a paragraph separator': 'Ada\u2029Lovelace',
  'an embedding': 'Ada\u202aLovelace\u202c',
  'an override': 'Ada\u202eecalevoL',
  'an isolate': 'Ada\u2067Lovelace',
  'half of a surrogate pair': 'Ada \ud800',
  'nothing but spaces': ' \u00a0\u3000 ',
  'nothing but invisible characters': '\u200b\u2060\u00ad\ufeff',
  'nothing but marks of direction': '\u200e\u200f',
  'nothing but blank letters': '\u3164\u2800\u115f',
};
const ACCEPTED = ['Ada Lovelace', 'مرحبا\u200f!', 'e\u0301', '名前', '👩‍🚀', '-', 'C++'];

type Send = (name: string) => Promise<{ status: number; text: string }>;

const prompt = () => `/api/v1/prompts/${set.prompts.a?.id}`;
/** Of these, each answers 2xx if it takes the name. */
const NAMED: Record<string, Send> = {
  'a project': (name) => client.post('/api/v1/projects', { name }),
  'a prompt set': async (name) => {
    const [project = ''] = set.address.split('/');
    return client.post(`/api/v1/projects/${project}/prompt_sets`, { name });
  },
  'a new prompt': (name) =>
    client.post(`/api/v1/prompt_sets/${set.id}/prompts`, { name, content: textPrompt('A') }),
  'an existing prompt': async (name) => {
    const { headers } = await client.get(prompt());
    return client.request('PATCH', prompt(), {
      body: { name },
      headers: { 'if-match': String(headers.etag) },
    });
  },
  'an API key': (name) => client.post('/api/v1/api_keys', { name, scopes: ['read:prompts'] }),
  'a person': (name) => {
    const email = `${crypto.randomUUID()}@example.com`;
    const body = { name, email, password: 'a long enough passphrase' };
    return server
      .as(undefined)
      .post('/trpc/accounts.register', body, { headers: { 'sec-fetch-site': 'same-origin' } });
  },
};

describe.each(Object.entries(NAMED))('%s', (_what, send) => {
  it.each(Object.entries(REFUSED))('isn’t named with %s', async (_kind, name) => {
    const { status, text } = await send(name);
    expect([status, text]).toEqual([expect.any(Number), expect.stringMatching(/"name"/)]);
    expect([400, 422]).toContain(status);
  });
});

describe('names that are one visible line', () => {
  it.each(ACCEPTED)('are taken as they are: %s', async (name) => {
    for (const what of [
      'a project',
      'a prompt set',
      'a new prompt',
      'an existing prompt',
      'an API key',
    ] as const) {
      const { status, text } = (await NAMED[what]?.(name)) ?? { status: 0, text: '' };
      expect([what, status < 300]).toEqual([what, true]);
      expect(text).toContain(JSON.stringify(name));
    }
  });
});

it('an imported row with such a name fails by its number, and the other rows are imported', async () => {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const names = Object.values(REFUSED).filter((name) => name.isWellFormed());
  const rows = [...names, 'Fine'].map((name) => `${quoted(name)},Text\n`).join('');
  const { text } = await client.request('POST', `/api/v1/prompt_sets/${set.id}/import`, {
    body: `name,prompt\n${rows}`,
    headers: { 'content-type': 'text/csv' },
  });
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.at(-1)).toMatchObject({ rows: names.length + 1, created: 1, failed: names.length });
});

it.each(['Production', 'my label', 'a\nb', 'a\u202eb', '\u200b', ''])(
  'a label isn’t named %j',
  async (name) => {
    const url = `/api/v1/prompt_sets/${set.id}/labels/${encodeURIComponent(name)}`;
    const { status } = await client.request('PUT', url, { body: { from: null, to: '1.0.0' } });
    expect([404, 422]).toContain(status);
  },
);
