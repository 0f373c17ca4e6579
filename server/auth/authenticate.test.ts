import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { ApiKey } from '#db/models/index.ts';
import { actingAs, testContext } from '#tests/support/context.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import {
  createTestApiKey,
  createTestProject,
  inTestOrganisation,
  registerTestAccount,
} from '#tests/support/factories.ts';
import { testApp } from '#tests/support/http.ts';
import { revokeApiKey } from '../services/api-keys.ts';
import { newApiKeyToken } from './api-key-token.ts';
import { authenticate } from './authenticate.ts';

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

const bearer = (token: string) => ({ apiKeyToken: token });

describe('a session', () => {
  test('is its user; none, a wrong one and one that is over are nobody', async () => {
    const account = await registerTestAccount(database);
    const { context, sessionToken, actor } = account;
    expect(await authenticate({ sessionToken }, context)).toEqual(actor);
    for (const credentials of [{}, { sessionToken: '' }, { sessionToken: 'wrong' }]) {
      expect(await authenticate(credentials, context)).toEqual({ kind: 'anonymous' });
    }
    context.clock.advance({ hours: 3 });
    expect(await authenticate({ sessionToken }, context)).toEqual({ kind: 'anonymous' });
  });
});

describe('an API key', () => {
  test('is a program of its organisation with its scopes, and with its projects when it is limited', async () => {
    const account = await registerTestAccount(database);
    const project = await createTestProject(account);
    const free = await createTestApiKey(account, { name: 'Free', scopes: ['read:prompts'] });
    const { organisationId, organisationSlug } = account;
    const shared = { kind: 'apiKey', organisationId, organisationSlug };
    expect(free.actor).toEqual({
      ...shared,
      ...{ apiKeyId: free.id, name: 'Free', scopes: ['read:prompts'], projectIds: null },
    });
    const limited = await createTestApiKey(account, { projects: [project.slug] });
    expect(limited.actor).toMatchObject({ ...shared, projectIds: [project.id] });
  });

  test('counts even beside a session', async () => {
    const account = await registerTestAccount(database);
    const key = await createTestApiKey(account);
    const { sessionToken, context } = account;
    expect(await authenticate({ sessionToken, ...bearer(key.token) }, context)).toEqual(key.actor);
    await expect(authenticate({ sessionToken, ...bearer('ank_x') }, context)).rejects.toMatchObject({
      status: 401,
    });
  });

  test('is refused with what is wrong: mistyped, unknown, revoked or expired', async () => {
    const account = await registerTestAccount(database);
    const { context } = account;
    const revoked = await createTestApiKey(account);
    await revokeApiKey(context, { api_key_id: revoked.id });
    const expired = await createTestApiKey(account, { expiresInDays: 1 });
    const refusals = {
      [expired.token.slice(0, -1)]: "checksum doesn't match",
      [newApiKeyToken()]: 'no such API key',
      [revoked.token]: 'was revoked on 2030-01-07',
      [expired.token]: 'expired on 2030-01-08',
    };
    context.clock.advance({ days: 1 });
    for (const [token, words] of Object.entries(refusals)) {
      await expect(authenticate(bearer(token), context)).rejects.toMatchObject({
        status: 401,
        reason: 'api_key.invalid',
        message: expect.stringContaining(words) as string,
      });
    }
  });

  test('gets 403 while API keys are switched off', async () => {
    const account = await registerTestAccount(database);
    const { token } = await createTestApiKey(account);
    const off = testContext(database, { settings: { apiKeysEnabled: false } });
    await expect(authenticate(bearer(token), off)).rejects.toMatchObject({
      status: 403,
      reason: 'api_keys_disabled',
    });
  });

  test('notes its last use at most once a minute', async () => {
    const account = await registerTestAccount(database);
    const { clock } = account.context;
    const { token, id } = await createTestApiKey(account);
    const lastUse = async () =>
      (await inTestOrganisation(account, () => ApiKey.query().findOne('id', id)))?.lastUsedAt;
    expect(await lastUse()).toBeNull();
    const begun = clock.now();
    await authenticate(bearer(token), account.context);
    await expect.poll(lastUse).toEqual(begun);
    clock.advance({ seconds: 60 });
    await authenticate(bearer(token), account.context);
    clock.advance({ seconds: 1 });
    await authenticate(bearer(token), account.context);
    await expect.poll(lastUse).toEqual(clock.now());
  });

  test('is known to every door of a process, and none asks for it twice; revoked it is so at all of them', async () => {
    const account = await registerTestAccount(database);
    const server = await testApp(database, { clock: account.context.clock });
    const { token, id } = await createTestApiKey(account);
    const program = server.as({ token });
    const urls = ['/api/v1/projects', '/trpc/projects.list?input=%7B%7D', '/api/v1/prompts/by_address/a/b/c'];
    const statuses = async () => {
      const answers = [];
      for (const url of urls) answers.push((await program.get(url)).status);
      return answers;
    };
    expect(await statuses()).toEqual([200, 200, 404]);
    // Past the service, so that nobody is told: whoever asked the database again would see it.
    await inTestOrganisation(account, () => ApiKey.query().where({ id }).patch({ revokedAt: new Date() }));
    expect(await statuses()).toEqual([200, 200, 404]);
    await inTestOrganisation(account, () => ApiKey.query().where({ id }).patch({ revokedAt: null }));
    await revokeApiKey(actingAs(server.context, account.actor), { api_key_id: id });
    expect(await statuses()).toEqual([401, 401, 401]);
    await server.close();
  });

  test('that was never seen is 503 at every door while the database is away, never 401', async () => {
    const away = connect({ url: 'postgres://anvil@127.0.0.1:1/anvil' });
    const server = await testApp(away);
    const program = server.as({ token: newApiKeyToken() });
    for (const url of [
      '/api/v1/projects',
      '/trpc/projects.list?input=%7B%7D',
      '/api/v1/prompts/by_address/a/b/c',
    ])
      expect([url, (await program.get(url)).status]).toEqual([url, 503]);
    await server.close();
    await away.close();
  });
});
