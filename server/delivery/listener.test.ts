import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { asAdmin } from '#db/embedded/roles.ts';
import { startDatabaseProxy } from '#tests/support/database-proxy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount } from '#tests/support/factories.ts';
import { testApp } from '#tests/support/http.ts';
import { makeSet, textPrompt } from '#tests/support/prompts.ts';
import { authorize } from '../auth/authorize.ts';
import { revokeApiKey } from '../services/api-keys.ts';
import { moveLabel } from '../services/labels.ts';
import { updatePrompt } from '../services/prompts.ts';
import { getNextVersion } from '../services/versions/proposal.ts';
import { publishVersion } from '../services/versions/publish.ts';
import { createDelivery } from './delivery.ts';
import { createFreshness } from './freshness.ts';
import { startListener } from './listener.ts';
import { createDeliverySource } from './source.ts';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

test('what another process publishes, moves and revokes is heard, also after the listener lost its connection', async () => {
  // The clock stands still: nothing gets old by itself, only what is heard drops anything.
  const server = await testApp(database);
  const delivery = createDelivery({
    source: createDeliverySource(database.delivery, database.deliveryProbe),
    apiKeysEnabled: true,
    keyCacheMaxSeconds: 3_600,
    now: server.context.now,
  });
  const lost: string[] = [];
  const listener = startListener({
    url: database.directUrl,
    freshness: delivery.freshness,
    onEvent: delivery.onEvent,
    onError: (error) => lost.push(error.message),
    now: Date.now,
  });
  try {
    await expect.poll(() => delivery.freshness.isConnected).toBe(true);

    // Another process: its services announce to the database alone.
    const account = await registerTestAccount(database);
    const { context } = account;
    const set = await makeSet(context, { hello: textPrompt('One') });
    const key = await createTestApiKey(account, { scopes: ['read:prompts'] });
    await publish();
    const find = async (label: string) => {
      const { actor } = (await delivery.keys.find(key.token)).key;
      const access = authorize(actor, 'prompts.read');
      const [project = '', slug = ''] = set.address.split('/');
      const selector = label ? ({ kind: 'label', name: label } as const) : ({ kind: 'latest' } as const);
      const { delivered } = await delivery.prompts.find(access, {
        project,
        set: slug,
        prompt: 'hello',
        selector,
      });
      return delivered.version;
    };
    expect(await find('')).toBe('1.0.0');

    const { hello } = set.prompts;
    await updatePrompt(context, { prompt_id: hello?.id ?? '', revision: 1, content: textPrompt('Two') });
    await publish();
    await expect.poll(() => find('')).toBe('1.0.1');
    await moveLabel(context, { ...set.ref, name: 'production', from: null, to: '1.0.0', reason: '' });
    await expect.poll(() => find('production').catch(() => 'none')).toBe('1.0.0');

    await asAdmin(testDatabase.adminUrl, (admin) =>
      admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and (query ilike 'select pg_notify(%' or query ilike 'listen%')`,
      ),
    );
    await expect.poll(() => lost.length).toBeGreaterThan(0);
    await expect.poll(() => delivery.freshness.isConnected).toBe(true);

    await revokeApiKey(context, { api_key_id: key.id });
    const refused = async () =>
      delivery.keys.find(key.token).then(
        () => 'fine',
        () => 'refused',
      );
    await expect.poll(refused).toBe('refused');

    async function publish(): Promise<void> {
      const { checksum } = await getNextVersion(context, set.ref);
      await publishVersion(context, { ...set.ref, changelog: '', checksum });
    }
  } finally {
    await listener.stop();
    await server.close();
  }
});

test('a connection that falls silent counts as lost, and the listener connects again', async () => {
  const proxy = await startDatabaseProxy(testDatabase.url);
  const freshness = createFreshness(Date.now);
  const lost: string[] = [];
  const listener = startListener({
    ...{ url: proxy.url, freshness, onEvent: () => undefined },
    onError: ({ message }) => lost.push(message),
    now: Date.now,
  });
  try {
    await expect.poll(() => freshness.isConnected).toBe(true);
    proxy.silence();
    await expect.poll(() => freshness.isConnected).toBe(false);
    proxy.resume();
    await expect.poll(() => freshness.isConnected).toBe(true);
    expect(lost).toEqual(["The listener's heartbeat doesn't come back"]);
  } finally {
    await listener.stop();
    await proxy.stop();
  }
});

test('a server that refuses writes isn’t trusted: its listener doesn’t stay connected', async () => {
  const freshness = createFreshness(Date.now);
  const lost: string[] = [];
  const readOnlyUrl = `${testDatabase.url}${testDatabase.url.includes('?') ? '&' : '?'}options=${encodeURIComponent('-c default_transaction_read_only=on')}`;
  const listener = startListener({
    ...{ url: readOnlyUrl, freshness, onEvent: () => undefined },
    onError: ({ message }) => lost.push(message),
    now: Date.now,
  });
  try {
    await expect.poll(() => lost).toEqual(['The database is read-only']);
    expect(freshness.isConnected).toBe(false);
  } finally {
    await listener.stop();
  }
});
