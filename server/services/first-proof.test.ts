import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { AuditEntry } from '#db/models/index.ts';
import { acrossOrganisations, currentTransaction, inOrganisation } from '#db/tenancy.ts';
import { actingAs, type TestContext } from '#tests/support/context.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { testJobs } from '#tests/support/jobs.ts';
import { tokenIn } from '#tests/support/mail-receiver.ts';
import { ANONYMOUS } from '../auth/actor.ts';
import { authenticate } from '../auth/authenticate.ts';
import { readSession } from '../auth/sessions.ts';
import { getMe } from './accounts.ts';
import { signIn } from './sign-in.ts';
import { createApiKey, listApiKeyDescendants, revokeApiKey } from './api-keys.ts';
import { requestConfirmation, requestPasswordReset, requestSignInLink } from './link-requests.ts';
import { getLink, useMailedLink } from './links.ts';

let testDatabase: TestDatabase;
let database: Database;
/** The first account of the instance. */
let setup: TestAccount;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  setup = await registerTestAccount(database, { settings: MAIL });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const MAIL = { mailEnabled: true, magicLinksEnabled: true };
const NEW_PASSWORD = 'four words nobody combines';

type Asked = 'confirm' | 'reset' | 'sign_in';

/** Mails a link of the kind to the account. @returns its token */
async function mailLink(account: TestAccount, kind: Asked): Promise<string> {
  const { context, email } = account;
  if (kind === 'confirm') await requestConfirmation(context);
  if (kind === 'reset') await requestPasswordReset(context, { email });
  if (kind === 'sign_in') await requestSignInLink(context, { email });
  const { inbox, run } = testJobs(context);
  expect(await run()).toEqual([]);
  return tokenIn(inbox.list().find(({ to }) => to === email)?.text);
}

/** A key that another key creates. */
async function createChild(context: TestContext, parentToken: string, name: string) {
  const actor = await authenticate({ apiKeyToken: parentToken }, context);
  return createApiKey(actingAs(context, actor), { name, scopes: ['read:prompts', 'manage:organisation'] });
}

/** An account whose key created a key, which created a third one; the one in the middle is revoked. */
async function accountWithDescent() {
  const account = await registerTestAccount(database, { settings: MAIL });
  const { context, organisationSlug: organisation } = account;
  const parent = await createTestApiKey(account, { name: 'parent' });
  const child = await createChild(context, parent.token, 'child');
  const grandchild = await createChild(context, child.token, 'grandchild');
  await revokeApiKey(context, { organisation, api_key_id: child.id });
  return { account, context, parent, child, grandchild };
}

/** How many locks are waited for. A connection of its own asks, because transactions here hold others. */
async function waitingLocks(): Promise<number | null> {
  const client = new pg.Client(testDatabase.url);
  await client.connect();
  const { rowCount } = await client.query(
    'select from pg_locks join pg_stat_activity using (pid) where not granted and datname = current_database()',
  );
  await client.end();
  return rowCount;
}

const works = (context: TestContext, apiKeyToken: string) =>
  authenticate({ apiKeyToken }, context).then(
    () => true,
    () => false,
  );

function confirmedAt(email: string): Promise<Date | null> {
  return acrossOrganisations(database, 'tests: an account', async () => {
    const row = await currentTransaction()
      .table('users')
      .where({ email })
      .first<{ confirmedAt: Date | null }>();
    return row?.confirmedAt ?? null;
  });
}

describe('the first proof of an address', () => {
  test.each(['confirm', 'reset', 'sign_in'] as const)(
    'by a link to %s stops every API key of the descent, after the person agrees',
    async (kind) => {
      const { account, context, parent, grandchild } = await accountWithDescent();
      const token = await mailLink(account, kind);
      const asked = actingAs(context, ANONYMOUS);
      expect(await getLink(asked, { token })).toMatchObject({
        ...{ drops_earlier: true, keys_that_stop: 2 },
        names_of_keys_that_stop: ['parent', 'grandchild'],
      });

      const use = { token, password: NEW_PASSWORD };
      await expect(useMailedLink(asked, use)).rejects.toMatchObject({
        ...{ status: 422, reason: 'api_keys_would_stop', details: [{ field: 'stop_api_keys' }] },
      });
      // Nothing has changed for a person who declines, and the link still works.
      expect([await works(context, parent.token), await works(context, grandchild.token)]).toEqual([
        true,
        true,
      ]);
      expect(await readSession(context, account.sessionToken)).toBeDefined();
      expect(await confirmedAt(account.email)).toBeNull();

      const session = await useMailedLink(asked, { ...use, stop_api_keys: true });
      expect([await works(context, parent.token), await works(context, grandchild.token)]).toEqual([
        false,
        false,
      ]);
      expect(await readSession(context, account.sessionToken)).toBeUndefined();
      expect(await readSession(context, session.token)).toMatchObject({ isAddressConfirmed: true });
      expect(await confirmedAt(account.email)).toEqual(context.now());
      const { email, password } = account;
      await expect(signIn(asked, { email, password })).rejects.toMatchObject({ status: 401 });
      const entries = await acrossOrganisations(database, 'tests: audit', async () => {
        const found = await AuditEntry.query().where({ actorId: account.actor.userId });
        return found.map(({ action, subjectId }) => `${action} ${subjectId}`);
      });
      for (const key of [parent, grandchild]) expect(entries).toContain(`apiKey.revoke ${key.id}`);
    },
  );

  test('by a person who is signed in at the account needs a new password and the same agreement', async () => {
    const { account, context, parent } = await accountWithDescent();
    const token = await mailLink(account, 'confirm');
    expect(await getLink(context, { token })).toMatchObject({ needs_password: true, keys_that_stop: 2 });
    await expect(useMailedLink(context, { token, stop_api_keys: true })).rejects.toMatchObject({
      details: [{ field: 'password' }],
    });
    await useMailedLink(context, { token, password: NEW_PASSWORD, stop_api_keys: true });
    expect(await works(context, parent.token)).toBe(false);
  });

  test('leaves the account alone that was created with the setup code or on the machine', async () => {
    const key = await createTestApiKey(setup);
    const child = await createChild(setup.context, key.token, 'child of the first account');
    expect((await getMe(setup.context)).email_confirmed).toBe(false);
    const token = await mailLink(setup, 'sign_in');
    const asked = actingAs(setup.context, ANONYMOUS);
    expect(await getLink(asked, { token })).toMatchObject({ drops_earlier: false, keys_that_stop: 0 });
    const session = await useMailedLink(asked, { token });
    expect([await works(setup.context, key.token), await works(setup.context, child.token)]).toEqual([
      true,
      true,
    ]);
    expect(await readSession(setup.context, setup.sessionToken)).toBeDefined();
    const actor = await authenticate({ sessionToken: session.token }, setup.context);
    expect((await getMe(actingAs(setup.context, actor))).email_confirmed).toBe(true);
  });

  test('happens once: a later reset ends sessions and leaves API keys alone', async () => {
    const account = await registerTestAccount(database, { settings: MAIL });
    const asked = actingAs(account.context, ANONYMOUS);
    const first = await mailLink(account, 'sign_in');
    const session = await useMailedLink(asked, { token: first });
    const actor = await authenticate({ sessionToken: session.token }, account.context);
    const key = await createTestApiKey({ ...account, context: actingAs(account.context, actor) });
    const token = await mailLink(account, 'reset');
    expect(await getLink(asked, { token })).toMatchObject({ drops_earlier: false, keys_that_stop: 0 });
    await useMailedLink(asked, { token, password: NEW_PASSWORD });
    expect(await readSession(account.context, session.token)).toBeUndefined();
    expect(await works(account.context, key.token)).toBe(true);
  });

  test('lets no key appear that a session or a key is creating at the same moment', async () => {
    const { account, context, parent } = await accountWithDescent();
    const token = await mailLink(account, 'sign_in');
    const parentActor = await authenticate({ apiKeyToken: parent.token }, context);
    const input = { organisation: account.organisationSlug, name: 'late', scopes: ['read:prompts' as const] };
    const makers = [context, actingAs(context, parentActor)];
    const created = makers.flatMap((maker) =>
      Array.from({ length: 6 }, () => createApiKey(maker, input).catch(() => undefined)),
    );
    const used = useMailedLink(actingAs(context, ANONYMOUS), { token, stop_api_keys: true });
    const keys = await Promise.all(created);
    await used;
    for (const key of keys) if (key) expect(await works(context, key.token)).toBe(false);
    // A request that was authenticated before the proof and reaches the database after it.
    for (const maker of makers)
      await expect(createApiKey(maker, input)).rejects.toMatchObject({ status: 401 });
  });

  test('stops a key too that another key is still creating when the proof begins', async () => {
    const { account, context, parent } = await accountWithDescent();
    const token = await mailLink(account, 'sign_in');
    const parentActor = await authenticate({ apiKeyToken: parent.token }, context);
    const input = { organisation: account.organisationSlug, name: 'late', scopes: ['read:prompts' as const] };
    let goOn = (): void => undefined;
    const isStarted = new Promise<void>((resolve) => (goOn = resolve));
    const creating = inOrganisation(database, account.organisationId, async () => {
      const key = await createApiKey(actingAs(context, parentActor), input);
      goOn();
      await expect.poll(waitingLocks).toBe(1);
      return key;
    });
    await isStarted;
    await useMailedLink(actingAs(context, ANONYMOUS), { token, stop_api_keys: true });
    const late = await creating;
    expect(await works(context, late.token)).toBe(false);
  });
});

describe('revoking an API key', () => {
  test('lists the keys that it created, directly or through others, and revokes none of them', async () => {
    const { account, context, parent, child, grandchild } = await accountWithDescent();
    const { organisationSlug: organisation } = account;
    await revokeApiKey(context, { organisation, api_key_id: parent.id });
    for (const { id } of [parent, child]) {
      const descendants = await listApiKeyDescendants(context, { organisation, api_key_id: id });
      expect(descendants.map(({ name }) => name)).toEqual(['grandchild']);
    }
    expect(await works(context, grandchild.token)).toBe(true);
  });
});
