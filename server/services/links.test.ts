import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { actingAs, testClock, testContext, type TestContextInput } from '#tests/support/context.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, TEST_PASSWORD } from '#tests/support/factories.ts';
import { testJobs } from '#tests/support/jobs.ts';
import { tokenIn } from '#tests/support/mail-receiver.ts';
import { ANONYMOUS } from '../auth/actor.ts';
import { authenticate } from '../auth/authenticate.ts';
import { deriveSecretKeys } from '../auth/secret-keys.ts';
import { readSession } from '../auth/sessions.ts';
import { register } from './accounts.ts';
import { signIn } from './sign-in.ts';
import { clearExpired } from './housekeeping.ts';
import { makeResetLink } from './link-mails.ts';
import { requestConfirmation, requestPasswordReset, requestSignInLink } from './link-requests.ts';
import { getLink, useMailedLink } from './links.ts';

let testDatabase: TestDatabase;
let database: Database;
let people = 0;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  await registerTestAccount(database);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const MAIL = { mailEnabled: true, magicLinksEnabled: true };
const NEW_PASSWORD = 'four words nobody combines';

/** An address of its own, for the limits count by it. */
const newEmail = () => `person-${(people += 1)}@example.com`;

/** A process with mails, asked by nobody. */
function process(input: TestContextInput = {}) {
  const context = testContext(database, { ...input, settings: { ...MAIL, ...input.settings } });
  const { inbox, run } = testJobs(context);
  /** The token that lies in the inbox of an address. */
  const mailedTo = async (email: string) => {
    expect(await run()).toEqual([]);
    return tokenIn(inbox.list().find(({ to }) => to === email)?.text);
  };
  return { context, inbox, run, mailedTo };
}

/** Somebody with an account, and the process they ask. */
async function accountAndProcess(input: TestContextInput = {}) {
  const account = await registerTestAccount(database, { ...input, email: newEmail() });
  const asked = process({ ...input, clock: account.context.clock });
  return { account, ...asked, signedIn: actingAs(asked.context, account.actor) };
}

/** An account whose address was confirmed earlier. */
async function confirmed() {
  const all = await accountAndProcess();
  const { email } = all.account;
  await acrossOrganisations(database, 'tests: a confirmed address', () =>
    currentTransaction().table('users').where({ email }).update({ confirmedAt: all.context.now() }),
  );
  return all;
}

function rowOf(
  email: string,
): Promise<{ passwordHash: string | null; confirmedAt: Date | null } | undefined> {
  return acrossOrganisations(database, 'tests: an account', () =>
    currentTransaction().table('users').where({ email }).first('passwordHash', 'confirmedAt'),
  );
}

describe('registering where mails are sent', () => {
  test('makes nothing before the link is used; then an account with a confirmed address, signed in', async () => {
    const { context, mailedTo, inbox } = process();
    const email = newEmail();
    expect(await register(context, { name: 'Grace Hopper', email })).toBeUndefined();
    const token = await mailedTo(email);
    expect(inbox.list()[0]?.subject).toBe('Create your Anvil account');
    expect(await rowOf(email)).toBeUndefined();
    expect(await getLink(context, { token })).toEqual({
      ...{ kind: 'register', email, needs_password: true, drops_earlier: false, keys_that_stop: 0 },
      names_of_keys_that_stop: [],
    });
    const session = await useMailedLink(context, { token, password: NEW_PASSWORD, stay_signed_in: true });
    expect(session).toMatchObject({ organisationSlug: 'grace-hopper', staySignedIn: true });
    expect(await readSession(context, session.token)).toMatchObject({ email, name: 'Grace Hopper' });
    expect(await rowOf(email)).toEqual({ passwordHash: `fake:${NEW_PASSWORD}`, confirmedAt: context.now() });
    await expect(useMailedLink(context, { token, password: NEW_PASSWORD })).rejects.toMatchObject({
      status: 404,
      reason: 'link_over',
    });
  });

  test('by a taken address is answered the same, and its owner is told without a link into the account', async () => {
    const { account, context, inbox, run } = await accountAndProcess();
    expect(await register(context, { name: 'Mallory', email: account.email })).toBeUndefined();
    await run();
    const [mail] = inbox.list();
    expect([mail?.to, mail?.subject]).toEqual([account.email, 'You already have an Anvil account']);
    expect(mail?.text).not.toContain('token=');
    expect(mail?.text).not.toContain('Mallory');
  });

  test('twice by the same address makes one account; the second link says so', async () => {
    const { context, mailedTo, inbox } = process();
    const email = newEmail();
    await register(context, { name: 'One', email });
    const first = await mailedTo(email);
    await register(context, { name: 'Two', email });
    const second = await mailedTo(email);
    expect([first === second, inbox.list().length]).toEqual([false, 2]);
    const results = await Promise.allSettled(
      [first, second].map((token) => useMailedLink(context, { token, password: NEW_PASSWORD })),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { status: 409, reason: 'email_taken' },
    });
    for (const token of [first, second])
      await expect(getLink(context, { token })).rejects.toMatchObject({ reason: 'link_over' });
  });

  test('is off at once when it is switched off, by links mailed before too', async () => {
    const { context, mailedTo } = process();
    const email = newEmail();
    await register(context, { name: 'Late', email });
    const token = await mailedTo(email);
    const off = { ...context, settings: { ...context.settings, registrationsEnabled: false } };
    const refused = { status: 403, reason: 'registrations_disabled' };
    await expect(register(off, { name: 'Late', email })).rejects.toMatchObject(refused);
    await expect(getLink(off, { token })).rejects.toMatchObject(refused);
    await expect(useMailedLink(off, { token, password: NEW_PASSWORD })).rejects.toMatchObject(refused);
    expect(await rowOf(email)).toBeUndefined();
  });

  test('by the very first account gives a session at once and mails it a link to confirm the address', async () => {
    const empty = await createTestDatabase();
    const fresh = connect({ url: empty.url });
    try {
      const context = testContext(fresh, { settings: MAIL });
      const email = newEmail();
      await expect(register(context, { name: 'First', email })).rejects.toMatchObject({
        details: [{ field: 'password' }],
      });
      const session = await register(context, { name: 'First', email, password: TEST_PASSWORD });
      const actor = await authenticate({ sessionToken: session?.token }, context);
      const { inbox, run } = testJobs(context);
      await run();
      const token = tokenIn(inbox.list()[0]?.text);
      await useMailedLink(actingAs(context, actor), { token });
      expect(await authenticate({ sessionToken: session?.token }, context)).toEqual({
        ...actor,
        isAddressConfirmed: true,
      });
    } finally {
      await fresh.close();
      await empty.drop();
    }
  });
});

describe('an answer tells nothing about an address', () => {
  test.each(['reset', 'sign_in', 'register'] as const)(
    'asking for %s writes the same rows and verifies one hash, whether somebody has it or nobody',
    async (kind) => {
      const { account, context } = await accountAndProcess();
      const ask = async (email: string) => {
        const before = { ...context.passwordHasher };
        const answer = await (kind === 'reset'
          ? requestPasswordReset(context, { email })
          : kind === 'sign_in'
            ? requestSignInLink(context, { email })
            : register(context, { name: 'X', email }));
        const { hashes, verifications } = context.passwordHasher;
        const [links, jobs] = await Promise.all([count('account_links'), count('graphile_worker.jobs')]);
        return {
          ...{ answer, links, jobs },
          ...{ hashes: hashes - before.hashes, verifications: verifications - before.verifications },
        };
      };
      const known = await ask(account.email);
      const unknown = await ask(newEmail());
      expect(known).toMatchObject({ answer: undefined, hashes: 0, verifications: 1 });
      expect(unknown).toEqual({ ...known, links: known.links + 1, jobs: known.jobs + 1 });
      const { run } = testJobs(context);
      await run();
    },
  );

  test('nobody is mailed for an unknown address', async () => {
    const { context, inbox, run } = process();
    await requestPasswordReset(context, { email: newEmail() });
    await requestSignInLink(context, { email: newEmail() });
    expect(await run()).toEqual([]);
    expect(inbox.list()).toEqual([]);
  });

  test('the fourth mail in an hour is refused, for both alike', async () => {
    const { account, context } = await accountAndProcess();
    for (const email of [account.email, newEmail()]) {
      for (let mail = 0; mail < 3; mail += 1) await requestPasswordReset(context, { email });
      await expect(requestSignInLink(context, { email })).rejects.toMatchObject({ status: 429 });
    }
  });
});

describe('a link', () => {
  test('is not used up by looking, works once, and of two at the same moment once', async () => {
    const { account, context, mailedTo } = await confirmed();
    await requestSignInLink(context, { email: account.email });
    const token = await mailedTo(account.email);
    for (let look = 0; look < 3; look += 1)
      expect(await getLink(context, { token })).toMatchObject({ kind: 'sign_in', email: account.email });
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => useMailedLink(context, { token })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ reason: 'link_over' });
  });

  test('ends all others of the person; two different ones at the same moment don’t wait for each other for ever', async () => {
    const { account, context, mailedTo } = await confirmed();
    await requestSignInLink(context, { email: account.email });
    const one = await mailedTo(account.email);
    context.clock.advance({ seconds: 1 });
    await requestPasswordReset(context, { email: account.email });
    const other = await mailedTo(account.email);
    const results = await Promise.allSettled([
      useMailedLink(context, { token: one }),
      useMailedLink(context, { token: other, password: NEW_PASSWORD }),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { reason: 'link_over' },
    });
  });

  test.each([
    ['sign_in', { minutes: 15 }],
    ['reset', { minutes: 60 }],
    ['register', { hours: 24 }],
  ] as const)('of %s lasts as long as it says', async (kind, lifetime) => {
    const { account, context, mailedTo } = await confirmed();
    const email = kind === 'register' ? newEmail() : account.email;
    if (kind === 'register') await register(context, { name: 'X', email });
    else await (kind === 'reset' ? requestPasswordReset : requestSignInLink)(context, { email });
    const token = await mailedTo(email);
    context.clock.advance({ ...lifetime, seconds: -1 });
    expect(await getLink(context, { token })).toMatchObject({ kind });
    context.clock.advance({ seconds: 1 });
    const over = { status: 404, reason: 'link_over' };
    await expect(getLink(context, { token })).rejects.toMatchObject(over);
    await expect(useMailedLink(context, { token, password: NEW_PASSWORD })).rejects.toMatchObject(over);
  });

  test('that is wrong is the same as one that is over', async () => {
    const { context } = process();
    for (const token of ['', 'x', 'A'.repeat(43), `${'A'.repeat(42)}\0`, 'ü'.repeat(43)]) {
      await expect(getLink(context, { token })).rejects.toMatchObject({ reason: 'link_over' });
      await expect(useMailedLink(context, { token })).rejects.toMatchObject({ reason: 'link_over' });
    }
  });

  test('lies nowhere in the database: neither its token nor what would give it', async () => {
    const { account, context, mailedTo } = await confirmed();
    await requestPasswordReset(context, { email: account.email });
    const jobs = await rows('select payload::text as line from graphile_worker._private_jobs');
    const token = await mailedTo(account.email);
    const links = await rows('select to_jsonb(account_links)::text as line from account_links');
    expect(jobs.length).toBeGreaterThan(0);
    for (const line of jobs) expect(Object.keys(JSON.parse(line) as object)).toEqual(['id']);
    expect([...jobs, ...links].join()).not.toContain(token);
  });

  test('works on while the secrets are being changed, and is over once they are', async () => {
    const { account, context, mailedTo } = await confirmed();
    await requestSignInLink(context, { email: account.email });
    const token = await mailedTo(account.email);
    const salts = {
      sessionSigningSalt: 'a salt for tests only, to sign by',
    };
    const before = 'for tests only '.repeat(5);
    const changing = deriveSecretKeys({ secretKeyBase: 'new', previous: before, ...salts });
    const changed = deriveSecretKeys({ secretKeyBase: 'new', ...salts });
    expect(await getLink({ ...context, secretKeys: changing }, { token })).toMatchObject({ kind: 'sign_in' });
    await expect(getLink({ ...context, secretKeys: changed }, { token })).rejects.toMatchObject({
      reason: 'link_over',
    });
  });

  test('is forgotten with name and address once it can’t be open any more, and not before', async () => {
    const { context, mailedTo } = process();
    const email = newEmail();
    await register(context, { name: 'Forgotten', email });
    const token = await mailedTo(email);
    const kept = () => rows(`select name as line from account_links where email = '${email}'`);
    context.clock.advance({ hours: 23 });
    await clearExpired(context);
    expect(await getLink(context, { token })).toMatchObject({ kind: 'register' });
    context.clock.advance({ days: 2 });
    await clearExpired(context);
    expect(await kept()).toEqual([]);
  });

  test('to a new password refuses a common one and none, and is not used up by that', async () => {
    const { account, context, mailedTo } = await confirmed();
    await requestPasswordReset(context, { email: account.email });
    const token = await mailedTo(account.email);
    await expect(useMailedLink(context, { token, password: 'password1234' })).rejects.toMatchObject({
      reason: 'password_too_common',
    });
    await expect(useMailedLink(context, { token })).rejects.toMatchObject({
      details: [{ field: 'password' }],
    });
    await useMailedLink(context, { token, password: NEW_PASSWORD });
    expect(await signIn(context, { email: account.email, password: NEW_PASSWORD })).toBeDefined();
  });

  test('that was mailed is over when signing in by links is switched off', async () => {
    const { account, context, mailedTo } = await confirmed();
    await requestSignInLink(context, { email: account.email });
    const token = await mailedTo(account.email);
    const off = { ...context, settings: { ...context.settings, magicLinksEnabled: false } };
    const refused = { status: 403, reason: 'magic_links_disabled' };
    await expect(requestSignInLink(off, { email: account.email })).rejects.toMatchObject(refused);
    await expect(getLink(off, { token })).rejects.toMatchObject(refused);
    await expect(useMailedLink(off, { token })).rejects.toMatchObject(refused);
  });
});

describe('without a way to send mails', () => {
  test('asking says what works instead', async () => {
    const account = await registerTestAccount(database);
    const { context } = account;
    const refused = { status: 403, reason: 'mail_disabled' };
    await expect(requestPasswordReset(context, { email: account.email })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('anvil-server user reset-link') as string,
    });
    await expect(requestConfirmation(context)).rejects.toMatchObject(refused);
    await expect(requestSignInLink(context, { email: account.email })).rejects.toMatchObject({
      reason: 'magic_links_disabled',
    });
  });

  test('the operator’s link sets a password and proves nothing about the address', async () => {
    const clock = testClock();
    const account = await registerTestAccount(database, { clock });
    const { context } = account;
    const key = await createTestApiKey(account);
    expect(await makeResetLink(context, 'nobody@example.com')).toBeUndefined();
    const token = tokenIn(await makeResetLink(context, account.email));
    const asked = actingAs(context, ANONYMOUS);
    expect(await getLink(asked, { token })).toMatchObject({ kind: 'reset', drops_earlier: false });
    await useMailedLink(asked, { token, password: NEW_PASSWORD });
    expect(await rowOf(account.email)).toEqual({ passwordHash: `fake:${NEW_PASSWORD}`, confirmedAt: null });
    expect(await readSession(context, account.sessionToken)).toBeUndefined();
    expect(await authenticate({ apiKeyToken: key.token }, context)).toEqual(key.actor);
  });
});

async function rows(sql: string): Promise<string[]> {
  return acrossOrganisations(database, 'tests: look', async () => {
    const answer = await currentTransaction().raw<{ rows: { line: string }[] }>(sql);
    return answer.rows.map(({ line }) => line);
  });
}

async function count(table: string): Promise<number> {
  const [line] = await rows(`select count(*)::text as line from ${table}`);
  return Number(line);
}
