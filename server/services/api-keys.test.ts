import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { ApiKey, AuditEntry } from '#db/models/index.ts';
import { actingAs } from '#tests/support/context.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import {
  addTestMember,
  createTestApiKey,
  createTestProject,
  inTestOrganisation,
  registerTestAccount,
  type TestAccount,
} from '#tests/support/factories.ts';
import { ANONYMOUS, type Actor } from '../auth/actor.ts';
import { hashApiKeyToken } from '../auth/api-key-token.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';

let testDatabase: TestDatabase;
let database: Database;
let account: TestAccount;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  account = await registerTestAccount(database, { name: 'Acme' });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const READ = ['read:prompts'] as const;
const DAY_MS = 86_400_000;

function everyKey(of: TestAccount = account) {
  return inTestOrganisation(of, () => ApiKey.query().orderBy('id'));
}

describe('making a key', () => {
  test('shows the token once and stores only its SHA-256', async () => {
    const made = await createApiKey(account.context, { name: 'CI', scopes: [...READ] });
    expect(made.token).toMatch(/^ank_/);
    const row = await inTestOrganisation(account, () => ApiKey.query().findOne('id', made.id));
    expect(row?.tokenSha256).toBe(hashApiKeyToken(made.token));
    expect(JSON.stringify(row)).not.toContain(made.token);
    const { data } = await listApiKeys(account.context, { limit: 100 });
    expect(JSON.stringify(data)).not.toContain(made.token);
    const { token, ...view } = made;
    expect(data.find((key) => key.id === made.id)).toEqual(view);
    expect(view).toEqual({
      ...{
        id: made.id,
        name: 'CI',
        token_start: token.slice(0, 10),
        scopes: ['read:prompts'],
        projects: null,
      },
      created_at: account.context.now().toISOString(),
      created_by: { kind: 'user', id: account.actor.userId, name: 'Acme' },
      ...{ expires_at: null, last_used_at: null, revoked_at: null },
    });
  });

  test('limits it to projects named by id or slug, each once', async () => {
    const one = await createTestProject(account, 'One');
    const two = await createTestProject(account, 'Two');
    const projects = [two.slug, one.id, one.slug, one.id.toUpperCase()];
    const key = await createApiKey(account.context, { name: 'Limited', scopes: [...READ], projects });
    expect(key.projects).toEqual(['one', 'two']);
  });

  test('of a project that isn’t there, or another organisation’s, is refused at the field and makes nothing', async () => {
    const stranger = await registerTestAccount(database);
    const theirs = await createTestProject(stranger, 'Secret plans');
    const before = await everyKey();
    for (const project of ['none', theirs.id, theirs.slug, '01890a5d-ac96-774b-bcce-b302099a8057']) {
      const work = createApiKey(account.context, { name: 'x', scopes: [...READ], projects: [project] });
      await expect(work).rejects.toMatchObject({ status: 422, details: [{ field: 'projects' }] });
    }
    expect(await everyKey()).toEqual(before);
  });

  test('sets its end in days from now', async () => {
    const key = await createApiKey(account.context, { name: 'Short', scopes: [...READ], expires_in_days: 7 });
    expect(Date.parse(key.expires_at ?? '') - account.context.now().getTime()).toBe(7 * DAY_MS);
  });

  test('is refused while API keys are switched off; seeing and revoking them is not', async () => {
    const { context } = account;
    const key = await createTestApiKey(account);
    const off = { ...context, settings: { ...context.settings, apiKeysEnabled: false } };
    await expect(createApiKey(off, { name: 'x', scopes: [...READ] })).rejects.toMatchObject({
      status: 403,
      reason: 'api_keys_disabled',
    });
    expect((await listApiKeys(off, { limit: 100 })).data.length).toBeGreaterThan(0);
    expect((await revokeApiKey(off, { api_key_id: key.id })).revoked_at).not.toBeNull();
  });

  test('leaves an audit entry without the token', async () => {
    const key = await createTestApiKey(account, { name: 'Audited' });
    const entry = await inTestOrganisation(account, () =>
      AuditEntry.query().findOne({ subjectId: key.id, action: 'apiKey.create' }),
    );
    expect(entry).toMatchObject({ actorId: account.actor.userId, detail: { name: 'Audited' } });
    expect(JSON.stringify(entry)).not.toContain(key.token);
  });
});

describe('a key that makes keys', () => {
  const MANAGE = ['manage:organisation', 'read:prompts'] as const;

  test('is named as their author', async () => {
    const maker = await createTestApiKey(account, { name: 'Robot', scopes: [...MANAGE] });
    const made = await createApiKey(actingAs(account.context, maker.actor), { name: 'x', scopes: [...READ] });
    expect(made.created_by).toEqual({ kind: 'api_key', id: maker.id, name: 'Robot' });
  });

  test('gives none of them a scope that it lacks', async () => {
    const maker = await createTestApiKey(account, { scopes: [...MANAGE] });
    const context = actingAs(account.context, maker.actor);
    await createApiKey(context, { name: 'x', scopes: [...MANAGE] });
    const work = createApiKey(context, { name: 'x', scopes: ['read:prompts', 'write:prompts'] });
    await expect(work).rejects.toMatchObject({ status: 403, reason: 'api_key.beyond_maker' });
    await expect(work).rejects.toThrow('write:prompts');
  });

  test('gives none of them a project that it can’t reach, and its own limits when none are named', async () => {
    const [inside, outside] = [
      await createTestProject(account, 'Inside'),
      await createTestProject(account, 'Outside'),
    ];
    const maker = await createTestApiKey(account, { scopes: [...MANAGE], projects: [inside.slug] });
    const context = actingAs(account.context, maker.actor);
    expect((await createApiKey(context, { name: 'x', scopes: [...READ] })).projects).toEqual(['inside']);
    const work = createApiKey(context, { name: 'x', scopes: [...READ], projects: [outside.id] });
    await expect(work).rejects.toMatchObject({ status: 422, details: [{ field: 'projects' }] });
  });

  test('gives none of them a longer life than its own', async () => {
    const maker = await createTestApiKey(account, { scopes: [...MANAGE], expiresInDays: 10 });
    const context = actingAs(account.context, maker.actor);
    await createApiKey(context, { name: 'x', scopes: [...READ], expires_in_days: 10 });
    for (const expires_in_days of [undefined, 11]) {
      const work = createApiKey(context, { name: 'x', scopes: [...READ], expires_in_days });
      await expect(work).rejects.toMatchObject({ status: 403, reason: 'api_key.beyond_maker' });
    }
  });

  test('neither sees nor revokes keys that reach more projects, and revokes none with more scopes', async () => {
    const project = await createTestProject(account, 'Mine');
    const maker = await createTestApiKey(account, { scopes: [...MANAGE], projects: [project.slug] });
    const wider = await createTestApiKey(account, { scopes: [...READ] });
    const stronger = await createTestApiKey(account, { scopes: ['write:prompts'], projects: [project.slug] });
    const context = actingAs(account.context, maker.actor);
    const { data } = await listApiKeys(context, { limit: 100 });
    expect(data.map((key) => key.id).sort()).toEqual([maker.id, stronger.id].sort());
    await expect(revokeApiKey(context, { api_key_id: wider.id })).rejects.toMatchObject({ status: 404 });
    await expect(revokeApiKey(context, { api_key_id: stronger.id })).rejects.toMatchObject({
      status: 403,
      reason: 'api_key.beyond_maker',
    });
  });
});

describe('revoking', () => {
  test('tells every server once, with what caches know the key by, and leaves one audit entry', async () => {
    const own = await registerTestAccount(database);
    const key = await createTestApiKey(own);
    const first = await revokeApiKey(own.context, { api_key_id: key.id });
    own.context.clock.advance({ hours: 1 });
    const second = await revokeApiKey(own.context, { api_key_id: key.id });
    expect(second).toEqual(first);
    expect(own.context.events).toEqual([
      {
        ...{ kind: 'apiKey', organisationId: own.organisationId, apiKeyId: key.id },
        tokenSha256: hashApiKeyToken(key.token),
      },
    ]);
    const entries = await inTestOrganisation(own, () => AuditEntry.query().where('action', 'apiKey.revoke'));
    expect(entries).toHaveLength(1);
  });

  test('a key that isn’t there, and one of another organisation, are missing alike and stay as they are', async () => {
    const stranger = await registerTestAccount(database);
    const theirs = await createTestApiKey(stranger);
    const before = await everyKey(stranger);
    const refuse = (api_key_id: string) =>
      revokeApiKey(account.context, { api_key_id }).catch((error: unknown) => error);
    const missing = await refuse('01890a5d-ac96-774b-bcce-b302099a8057');
    expect(missing).toMatchObject({ status: 404 });
    expect(await refuse(theirs.id)).toEqual(missing);
    expect(await everyKey(stranger)).toEqual(before);
  });
});

describe('the list', () => {
  test('is the newest first, page by page, and only the organisation’s own', async () => {
    const own = await registerTestAccount(database);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift((await createTestApiKey(own)).id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listApiKeys(own.context, { limit: 2, ...(cursor ? { cursor } : {}) });
      seen.push(...page.data.map((key) => key.id));
      cursor = page.meta.cursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(ids);
  });
});

describe('who may', () => {
  test('owners and admins; members and viewers not, strangers find nothing, nobody has to sign in', async () => {
    const project = await createTestProject(account, 'Matrix');
    const expected: [Actor, number][] = [
      [account.actor, 0],
      [await addTestMember(account, 'admin'), 0],
      [await addTestMember(account, 'member'), 403],
      [await addTestMember(account, 'viewer'), 403],
      [(await registerTestAccount(database)).actor, 404],
      [ANONYMOUS, 401],
      [(await createTestApiKey(account, { scopes: ['manage:organisation', 'read:prompts'] })).actor, 0],
      [
        (
          await createTestApiKey(account, {
            scopes: ['read:prompts', 'read:drafts', 'write:prompts', 'publish:versions'],
          })
        ).actor,
        403,
      ],
    ];
    const organisation = account.organisationSlug;
    for (const [actor, status] of expected) {
      const context = actingAs(account.context, actor);
      const target = await createTestApiKey(account, { scopes: [...READ], projects: [project.slug] });
      const calls = [
        listApiKeys(context, { organisation, limit: 10 }),
        createApiKey(context, { organisation, name: 'x', scopes: [...READ] }),
        revokeApiKey(context, { organisation, api_key_id: target.id }),
      ];
      const statuses = (await Promise.allSettled(calls)).map((result) =>
        result.status === 'fulfilled' ? 0 : (result.reason as { status: number }).status,
      );
      expect(statuses).toEqual([status, status, status]);
    }
  });
});
