import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { testApp, type TestAnswer, type TestApp, type TestClient } from '#tests/support/http.ts';

// product.md: API writes 600 a minute per key, counted per procedure call; an import is one; `RateLimit-*`,
// `Retry-After`.

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let account: TestAccount;
let key: { id: string; token: string };
let client: TestClient;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  account = await registerTestAccount(database);
});

beforeEach(async () => {
  key = await createTestApiKey(account);
  client = server.as(key);
});

afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

async function useUp(writes: number): Promise<void> {
  for (let write = 0; write < writes; write++) await server.context.limits.consume('apiWritePerKey', key.id);
}

function standing({ headers }: TestAnswer): (string | undefined)[] {
  return ['ratelimit-limit', 'ratelimit-remaining'].map((name) => headers[name] as string | undefined);
}

function expectWait(value: unknown): void {
  expect(Number(value)).toBeGreaterThan(0);
  expect(Number(value)).toBeLessThanOrEqual(60);
}

describe('a write by REST', () => {
  it('says what is left of 600 a minute and when it is back', async () => {
    const first = await client.post('/api/v1/projects', { name: 'One' });
    expect([first.status, ...standing(first)]).toEqual([201, '600', '599']);
    expectWait(first.headers['ratelimit-reset']);
    expect(standing(await client.post('/api/v1/projects', { name: 'Two' }))).toEqual(['600', '598']);
  });

  it('counts when it is refused too, and the 601st does nothing but say when to come again', async () => {
    await useUp(599);
    const last = await client.post('/api/v1/projects', { name: '' });
    expect([last.status, ...standing(last)]).toEqual([422, '600', '0']);
    const refused = await client.post('/api/v1/projects', { name: 'Too many', slug: 'too-many' });
    expect([refused.status, ...standing(refused)]).toEqual([429, '600', '0']);
    expectWait(refused.headers['retry-after']);
    expect((await client.get('/api/v1/projects/too-many')).status).toBe(404);
    const about = { reqId: refused.headers['x-request-id'], ip: '127.0.0.1', reason: 'too_many_requests' };
    expect(server.logged).toContainEqual(expect.objectContaining({ ...about, msg: 'refused' }));
  });

  it('an import counts as one, however many rows it has', async () => {
    await client.post('/api/v1/projects', { name: 'Imports', slug: 'imports' });
    const rows = Array.from({ length: 70 }, (_, row) => `Prompt ${row},Text ${row}`).join('\n');
    const answer = await client.post(
      '/api/v1/projects/imports/prompt_sets/many/import',
      `name,prompt\n${rows}\n`,
      { headers: { 'content-type': 'text/csv' } },
    );
    expect([answer.status, ...standing(answer)]).toEqual([200, '600', '598']);
    expect(JSON.parse(answer.text.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ created: 70 });
  });
});

describe('a write by tRPC', () => {
  it('says what is left, counts each call of a batch, and when to come again', async () => {
    await useUp(597);
    const calls = (names: string[]) =>
      client.post(
        `/trpc/${names.map(() => 'projects.create').join(',')}?batch=1`,
        Object.fromEntries(names.map((name, index) => [index, { name }])),
      );
    const two = await calls(['A', 'B']);
    expect([two.status, ...standing(two), two.headers['retry-after']]).toEqual([200, '600', '1', undefined]);
    const three = await calls(['C', 'D', 'E']);
    expect([three.status, ...standing(three)]).toEqual([207, '600', '0']);
    expectWait(three.headers['retry-after']);
    const one = await client.post('/trpc/projects.create', { name: 'F' });
    expect([one.status, ...standing(one)]).toEqual([429, '600', '0']);
    expectWait(one.headers['retry-after']);
  });
});

describe('no limit of writes', () => {
  it('holds for reading, at any door, nor for what is fetched', async () => {
    await useUp(600);
    for (const url of ['/api/v1/projects', '/trpc/projects.list?input=%7B%7D']) {
      const answer = await client.get(url);
      expect([url, answer.status, ...standing(answer)]).toEqual([url, 200, undefined, undefined]);
    }
    expect((await client.post('/api/v1/resolve', { addresses: ['a/b/c'] })).status).toBe(200);
  });

  it('holds for people, nor for another key', async () => {
    await useUp(600);
    const person = server.as({ session: account.sessionToken });
    const byPerson = await person.post('/trpc/projects.create', { name: 'By a person' });
    expect([byPerson.status, ...standing(byPerson)]).toEqual([200, undefined, undefined]);
    const other = server.as(await createTestApiKey(account));
    expect((await other.post('/api/v1/projects', { name: 'By another key' })).status).toBe(201);
  });
});
