import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { Membership } from '#db/models/index.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import {
  addTestMember,
  createTestApiKey,
  inTestOrganisation,
  registerTestAccount,
  type TestAccount,
} from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';
import { actingAs, testContext } from '#tests/support/context.ts';
import { startSession } from '../auth/sessions.ts';
import { createCaller } from '../trpc/router.ts';
import { signIn, signOut } from './sign-in.ts';
import { createAuditNotes } from './repeated-entries.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
});
afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

interface Row {
  action: string;
  actorId: string;
  subjectId: string;
  detail: object;
  times: number;
}

/** What stands in the organisation's audit log of sign-ins and denials, the oldest first. */
function entriesOf(account: TestAccount): Promise<Row[]> {
  return inTestOrganisation(account, () =>
    currentTransaction()
      .table('auditEntries')
      .join('auditRepeats', 'auditRepeats.entryId', 'auditEntries.id')
      .orderBy('auditEntries.id')
      .select<Row[]>(
        'auditEntries.action',
        'auditEntries.actorId',
        'subjectId',
        'detail',
        'auditRepeats.times',
      ),
  );
}

describe('signing in and out', () => {
  test('leaves an entry each, written with the session, and repeats within the hour are counted', async () => {
    const account = await registerTestAccount(database);
    const { context, email, password, actor } = account;
    for (let n = 0; n < 3; n++) await signIn(context, { email, password });
    await signOut(context);
    const own = { actorId: actor.userId, subjectId: actor.userId, detail: {} };
    expect(await entriesOf(account)).toEqual([
      { ...own, action: 'account.signIn', times: 3 },
      { ...own, action: 'account.signOut', times: 1 },
    ]);
    context.clock.advance({ hours: 1 });
    await signIn(context, { email, password });
    expect((await entriesOf(account)).map(({ action, times }) => [action, times])).toEqual([
      ['account.signIn', 3],
      ['account.signOut', 1],
      ['account.signIn', 1],
    ]);
  });

  test('that fails stands under the account that was tried; an unknown address leaves nothing', async () => {
    const account = await registerTestAccount(database);
    const { context, email } = account;
    for (const address of [email, email, 'nobody@example.com'])
      await expect(signIn(context, { email: address, password: 'wrong' })).rejects.toMatchObject({
        reason: 'sign_in_failed',
      });
    // Nothing is written before the answer, which would take longer where there is an account.
    expect(await entriesOf(account)).toEqual([]);
    await context.auditNotes.flush();
    expect(await entriesOf(account)).toMatchObject([
      { action: 'account.signInFailed', actorId: account.actor.userId, times: 2 },
    ]);
  });

  test('stands in every organisation of the person and in no other, counted in each by itself', async () => {
    const account = await registerTestAccount(database);
    const second = await registerTestAccount(database);
    const stranger = await registerTestAccount(database);
    const { context, email, password, actor } = account;
    await signIn(context, { email, password });
    await acrossOrganisations(
      database,
      'tests: a second membership',
      async () =>
        await Membership.query().insert({
          ...{ organisationId: second.organisationId, userId: actor.userId, role: 'viewer' },
        }),
    );
    await signIn(context, { email, password });
    expect(await entriesOf(account)).toMatchObject([{ action: 'account.signIn', times: 2 }]);
    expect(await entriesOf(second)).toMatchObject([
      { action: 'account.signIn', actorId: actor.userId, times: 1 },
    ]);
    expect(await entriesOf(stranger)).toEqual([]);
  });

  test('many at once are one entry with the right count', async () => {
    const account = await registerTestAccount(database);
    const { context, email, password } = account;
    // From several networks: each may try a few times at once.
    const attempts = Array.from({ length: 20 }, (_, n) => ({ ...context, ip: `192.0.2.${n % 5}` }));
    await Promise.all(attempts.map((attempt) => signIn(attempt, { email, password })));
    expect(await entriesOf(account)).toMatchObject([{ action: 'account.signIn', times: 20 }]);
  });
});

describe('a denial', () => {
  test('is noted at each door, by who was refused and what it takes; 404 and 401 are none', async () => {
    const account = await registerTestAccount(database);
    const reader = await createTestApiKey(account, { scopes: ['read:prompts'] });
    const viewer = await addTestMember(account, 'viewer');
    const session = await startSession(server.context, { userId: viewer.userId, staySignedIn: false });
    const program = server.as(reader);
    const refused = [
      await program.post('/api/v1/projects', { name: 'No' }),
      await program.get('/trpc/apiKeys.list?input=%7B%7D'),
      await program.get('/api/v1/prompts/by_address/a/b/c@draft'),
      await server.as({ session: session.token }).post('/trpc/projects.create', { name: 'No' }),
    ];
    expect(refused.map((answer) => answer.status)).toEqual([403, 403, 403, 403]);
    const page = createCaller({
      ...actingAs(server.context, viewer),
      cookies: { start: () => undefined, end: () => undefined },
    });
    await expect(page.apiKeys.list({})).rejects.toMatchObject({ code: 'FORBIDDEN' });
    for (const url of ['/api/v1/projects/none', '/api/v1/prompts/by_address/a/b/c'])
      expect((await program.get(url)).status).toBe(404);
    expect((await server.as(undefined).get('/api/v1/projects')).status).toBe(401);

    await server.context.auditNotes.flush();
    const subject = { action: 'access.denied', subjectId: account.organisationId, times: 1 };
    expect(await entriesOf(account)).toEqual([
      { ...subject, actorId: reader.id, detail: { permission: 'projects.write' } },
      { ...subject, actorId: reader.id, detail: { permission: 'apiKeys.read' } },
      { ...subject, actorId: reader.id, detail: { permission: 'drafts.read' } },
      { ...subject, actorId: viewer.userId, detail: { permission: 'projects.write' } },
      { ...subject, actorId: viewer.userId, detail: { permission: 'apiKeys.read' } },
    ]);
  });

  test('a hundred times in an hour is one entry', async () => {
    const account = await registerTestAccount(database);
    const program = server.as(await createTestApiKey(account, { scopes: ['read:prompts'] }));
    for (let n = 0; n < 50; n++) await program.get('/api/v1/api_keys');
    await server.context.auditNotes.flush();
    for (let n = 0; n < 50; n++) await program.get('/api/v1/api_keys');
    await server.context.auditNotes.flush();
    expect(await entriesOf(account)).toMatchObject([{ action: 'access.denied', times: 100 }]);
  });
});

test('what is noted while the database is away is written when it is back', async () => {
  const account = await registerTestAccount(database);
  let gone = true;
  const away = connect({ url: 'postgres://anvil@127.0.0.1:1/anvil' });
  const flaky: Database = {
    ...database,
    get knex() {
      return (gone ? away : database).knex;
    },
    get ownerKnex() {
      return (gone ? away : database).ownerKnex;
    },
  };
  const notes = createAuditNotes({ database: flaky });
  const { organisationId, actor } = account;
  notes.note({
    ...{ organisationIds: [organisationId], actorKind: 'user', actorId: actor.userId },
    ...{ action: 'access.denied', detail: { permission: 'projects.write' }, requestId: 'r' },
    at: testContext(database).now(),
  });
  await expect(notes.flush()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  gone = false;
  await notes.flush();
  await notes.flush();
  expect(await entriesOf(account)).toMatchObject([{ times: 1 }]);
  await away.close();
});
