import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { startDatabaseProxy, type DatabaseProxy } from '#tests/support/database-proxy.ts';
import { createTestApiKey, registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestAnswer, type TestApp, type TestClient } from '#tests/support/http.ts';

let testDatabase: TestDatabase;
let proxy: DatabaseProxy;
let database: Database;
let server: TestApp;
let client: TestClient;
let unknownOutcomes = 0;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  proxy = await startDatabaseProxy(testDatabase.url);
  database = connect({ url: proxy.url, poolSize: 1, onOutcomeUnknown: () => (unknownOutcomes += 1) });
  server = await testApp(database);
  client = server.as(await createTestApiKey(await registerTestAccount(database)));
  // From now on the key is known, and one connection of each pool is open.
  await client.get('/api/v1/projects');
});
afterAll(async () => {
  await server.close();
  await database.close();
  await proxy.stop();
  await testDatabase.drop();
});
beforeEach(() => {
  unknownOutcomes = 0;
});

const create = (name: string, headers: Record<string, string> = {}) =>
  client.post('/api/v1/projects', { name }, { headers });
const told = ({ status, body, headers }: TestAnswer) => [
  status,
  body.error?.reason as unknown,
  headers['retry-after'],
];
const count = (name: string): Promise<number> =>
  acrossOrganisations(database, 'tests: count', async () => {
    const rows = await currentTransaction().table('projects').where({ name }).select<unknown[]>('id');
    return rows.length;
  });

describe('a write whose COMMIT', () => {
  it('was done and whose answer is lost is 503 outcome_unknown, without Retry-After', async () => {
    const lost = proxy.loseAnswerTo('COMMIT');
    const answer = await create('Saved');
    await lost;
    expect(told(answer)).toEqual([503, 'outcome_unknown', undefined]);
    expect(answer.body.error.message).toBe(
      'The change may or may not have been saved. Check before you try again.',
    );
    expect([await count('Saved'), unknownOutcomes]).toEqual([1, 1]);
  });

  it('never arrived is the same, because the server can’t tell', async () => {
    const lost = proxy.loseRequest('COMMIT');
    const answer = await create('Lost');
    await lost;
    expect(told(answer)).toEqual([503, 'outcome_unknown', undefined]);
    expect([await count('Lost'), unknownOutcomes]).toEqual([0, 1]);
  });

  it.each(['loseAnswerTo', 'loseRequest'] as const)(
    'is lost (%s) under an Idempotency-Key invites the retry, which does the work once',
    async (lose) => {
      const headers = { 'idempotency-key': `key-${lose}` };
      const lost = proxy[lose]('COMMIT');
      const answer = await create(`Once ${lose}`, headers);
      await lost;
      expect(told(answer)).toEqual([503, 'outcome_unknown', '5']);
      const retry = await create(`Once ${lose}`, headers);
      expect(retry.status).toBe(201);
      expect(retry.text).toContain(`Once ${lose}`);
      expect(retry.headers['idempotent-replayed']).toBe(lose === 'loseAnswerTo' ? 'true' : undefined);
      expect(await count(`Once ${lose}`)).toBe(1);
    },
  );

  it('is lost is told by tRPC too', async () => {
    const lost = proxy.loseAnswerTo('COMMIT');
    const answer = await client.post('/trpc/projects.create', { name: 'By tRPC' });
    await lost;
    expect([answer.status, answer.body.error.data.reason]).toEqual([503, 'outcome_unknown']);
    expect(answer.headers['retry-after']).toBeUndefined();
  });
});

it('a read whose COMMIT is lost is 503 with Retry-After: it changed nothing', async () => {
  const lost = proxy.loseAnswerTo('COMMIT');
  const answer = await client.get('/api/v1/projects');
  await lost;
  expect(told(answer)).toEqual([503, 'database_unavailable', '5']);
  expect(unknownOutcomes).toBe(0);
});

it('a write whose connection is lost before COMMIT is 503 with Retry-After: nothing was saved', async () => {
  const lost = proxy.loseRequest('insert into "projects"');
  const answer = await create('Never');
  await lost;
  expect(told(answer)).toEqual([503, 'database_unavailable', '5']);
  expect([await count('Never'), unknownOutcomes]).toEqual([0, 0]);
});
