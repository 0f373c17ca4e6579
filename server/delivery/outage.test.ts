import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { asAdmin } from '#db/embedded/roles.ts';
import { startDatabaseProxy, type DatabaseProxy } from '#tests/support/database-proxy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '#tests/support/http.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import { moveLabel } from '../services/labels.ts';
import { updatePrompt } from '../services/prompts.ts';
import { getNextVersion } from '../services/versions/proposal.ts';
import { publishVersion } from '../services/versions/publish.ts';

let testDatabase: TestDatabase;
let direct: Database;
let account: TestAccount;
let proxy: DatabaseProxy;
/** The server that is cut off. It reaches the database through the proxy. */
let database: Database;
let server: TestApp;
let client: TestClient;
let set: TestSet;
let elsewhere: TestSet;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  direct = connect({ url: testDatabase.url });
});
afterAll(async () => {
  await direct.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  account = await registerTestAccount(direct);
  set = await makeSet(account.context, { hello: textPrompt('One') });
  elsewhere = await makeSet(account.context, { hello: textPrompt('Elsewhere') });
  await publish(set);
  await publish(elsewhere);
  proxy = await startDatabaseProxy(testDatabase.url);
  database = connect({ url: proxy.url });
  server = await testApp(database);
  server.delivery.freshness.handleConnect(server.context.now().getTime());
  client = server.as(await createTestApiKey(account, { scopes: ['read:prompts'] }));
});
afterEach(async () => {
  await server.close();
  await database.close();
  await proxy.stop();
});

async function publish({ ref }: TestSet): Promise<void> {
  const { checksum } = await getNextVersion(account.context, ref);
  await publishVersion(account.context, { ...ref, changelog: '', checksum });
}
/** Another server publishes the next version. */
async function publishNext(): Promise<void> {
  const { hello } = set.prompts;
  if (!hello) throw new Error('no prompt');
  const content = textPrompt('Two');
  await updatePrompt(account.context, { prompt_id: hello.id, revision: hello.revision, content });
  await publish(set);
}
/** The server hears that the set has changed. */
function announceChange(): void {
  const { organisationId } = account;
  server.delivery.onEvent({ kind: 'set', organisationId, setId: set.ref.set_id });
}
/** The server loses the database and its listener, and notices both. */
async function cutOff(): Promise<void> {
  proxy.cut();
  await database.deliveryProbe.check();
  server.delivery.freshness.handleDisconnect();
  server.context.clock.advance({ seconds: 5 });
}
async function reconnect(): Promise<void> {
  proxy.resume();
  await database.deliveryProbe.check();
  server.delivery.freshness.handleConnect(server.context.now().getTime());
}
const at = (selector: string, { address } = set) => `/api/v1/prompts/by_address/${address}/hello${selector}`;

describe('a server that is cut off from the database', () => {
  test('answers what it knows, on every path, marked with the time of the last heartbeat', async () => {
    const first = await client.get(at('@^1'));
    const heartbeat = '2030-01-07T12:30:00.000Z';
    server.context.clock.advance({ minutes: 30 });
    server.delivery.freshness.handleHeartbeat(Date.parse(heartbeat));
    await cutOff();
    const body = { addresses: [`${set.address}/hello@^1`] };
    const answers = [
      await client.get(at('@^1')),
      await client.get(at('%40^1')),
      await client.request('HEAD', at('@^1')),
      await client.get(at('@^1'), { headers: { 'if-none-match': String(first.headers.etag) } }),
      await client.post(`/api/v1/render/${set.address}/hello@^1`, {}),
      await client.post('/api/v1/resolve', body),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 304, 200, 200]);
    expect(answers.map(({ headers }) => headers['anvil-verified-at'])).toEqual(answers.map(() => heartbeat));
    expect(answers[0]?.body).toEqual(first.body);
  });

  test('doesn’t ask the database again and again: no connection is opened until the probe reaches it', async () => {
    await client.get(at('@^1'));
    await cutOff();
    let connects = 0;
    database.delivery.on('connect', () => connects++);
    proxy.silence();
    for (let request = 0; request < 20; request++) expect((await client.get(at('@^1'))).status).toBe(200);
    expect(connects).toBe(0);
  });

  test('answers what it knows as soon as a probe fails, although a read waits for an answer', async () => {
    await client.get(at('@^1'));
    announceChange();
    proxy.silence();
    const waiting = client.get(at('@^1'));
    await database.deliveryProbe.check();
    // The statement itself is given up after 5 s only; the proxy never answers it.
    const { status, headers } = await waiting;
    expect([status, headers['anvil-verified-at'] !== undefined]).toEqual([200, true]);
    expect(database.delivery.totalCount).toBeGreaterThan(0);
  });

  test('answers a known version although its set has changed since', async () => {
    await client.get(at('@1.0.0'));
    await publishNext();
    announceChange();
    await cutOff();
    const { status, body, headers } = await client.get(at('@1.0.0'));
    expect([status, body.prompt.version]).toEqual([200, '1.0.0']);
    expect(headers['anvil-verified-at']).toBeDefined();
  });

  test('answers 503, not 404, for a version, label or range that its old state lacks', async () => {
    await client.get(at(''));
    await cutOff();
    await publishNext();
    await moveLabel(account.context, { ...set.ref, name: 'production', from: null, to: '1.0.0', reason: '' });
    for (const selector of ['@1.0.1', '@production', '@^2', '@draft']) {
      const scopes = selector === '@draft' ? ['read:drafts' as const] : ['read:prompts' as const];
      const asker = selector === '@draft' ? server.as(await createTestApiKey(account, { scopes })) : client;
      const { status, body, headers } = await asker.get(at(selector));
      expect([selector, status, body.error.reason]).toEqual([selector, 503, 'database_unavailable']);
      expect(headers['retry-after']).toBe('5');
    }
    const resolved = await client.post('/api/v1/resolve', { addresses: [`${set.address}/hello@1.0.1`] });
    expect(resolved.status).toBe(503);
    await reconnect();
    for (const [selector, version] of Object.entries({ '@1.0.1': '1.0.1', '@production': '1.0.0' })) {
      const { body, headers } = await client.get(at(selector));
      expect([body.prompt.version, headers['anvil-verified-at']]).toEqual([version, undefined]);
    }
  });

  test('answers a key the same for a set outside its projects and for an unknown address', async () => {
    const [project = ''] = elsewhere.address.split('/');
    const limited = server.as(await createTestApiKey(account, { projects: [project] }));
    expect((await limited.get(at('', elsewhere))).status).toBe(200);
    // The server knows the set, because another key has fetched it.
    await client.get(at(''));
    const headers = { 'x-request-id': 'the-same-id' };
    const unknown = '/api/v1/prompts/by_address/no/such/prompt';
    expect((await limited.get(at(''), { headers })).text).toBe(
      (await limited.get(unknown, { headers })).text,
    );
    await cutOff();
    const outside = await limited.get(at(''), { headers });
    expect(outside.status).toBe(503);
    expect(outside.text).toBe((await limited.get(unknown, { headers })).text);
  });

  test('honours a key for KEY_CACHE_MAX_SECONDS after the last heartbeat, however long ago the key was read', async () => {
    await client.get(at(''));
    server.context.clock.advance({ hours: 20 });
    server.delivery.freshness.handleHeartbeat(server.context.now().getTime());
    await cutOff();
    server.context.clock.advance({ minutes: 59 });
    expect((await client.get(at(''))).status).toBe(200);
    server.context.clock.advance({ minutes: 1 });
    const { status, body } = await client.get(at(''));
    expect([status, body.error.reason]).toEqual([503, 'database_unavailable']);
  });

  test('answers 503, not 401, for a key that it never saw, and refuses one whose revocation it heard of', async () => {
    const seen = await createTestApiKey(account, { scopes: ['read:prompts'] });
    const unseen = await createTestApiKey(account, { scopes: ['read:prompts'] });
    const { delivery } = server;
    await server.as(seen).get(at(''));
    const { key } = await delivery.keys.find(seen.token);
    const { organisationId, apiKeyId } = key.actor;
    delivery.onEvent({ kind: 'apiKey', organisationId, apiKeyId, tokenSha256: key.tokenSha256 });
    await cutOff();
    expect((await server.as(unseen).get(at(''))).status).toBe(503);
    expect((await server.as(seen).get(at(''))).status).toBe(503);
  });
});

test('a database that became read-only counts as unreachable: what is known is marked, what is unknown is 503', async () => {
  await client.get(at(''));
  const name = new URL(testDatabase.url.replace(/^postgres:\/\/[^/]*/, 'postgres://host')).pathname.slice(1);
  const setReadOnly = (value: string) =>
    asAdmin(testDatabase.adminUrl, (admin) =>
      admin.query(
        `begin read write; alter database ${name} set default_transaction_read_only = ${value}; commit`,
      ),
    );
  await setReadOnly('on');
  try {
    await database.deliveryProbe.check();
    announceChange();
    const known = await client.get(at(''));
    expect([known.status, known.headers['anvil-verified-at'] !== undefined]).toEqual([200, true]);
    expect((await client.get(at('', elsewhere))).status).toBe(503);
  } finally {
    await setReadOnly('off');
  }
});

test('after a commit whose outcome is unknown, everything is read again', async () => {
  await client.get(at(''));
  await publishNext();
  expect((await client.get(at(''))).body.prompt.version).toBe('1.0.0');
  server.delivery.revalidateAll();
  expect((await client.get(at(''))).body.prompt.version).toBe('1.0.1');
});
