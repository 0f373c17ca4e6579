import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { actingAs, testContext } from '#tests/support/context.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, TEST_PASSWORD } from '#tests/support/factories.ts';
import { authenticate } from '../auth/authenticate.ts';
import { getMe, getRegistration, registerAccount } from './accounts.ts';
import { signIn, signOut } from './sign-in.ts';

let testDatabase: TestDatabase;
let database: Database;
let emails = 0;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

function person(name = 'Ada Lovelace') {
  emails += 1;
  return { name, email: `ada-${emails}@example.com`, password: TEST_PASSWORD };
}

function passwordOf(
  email: string,
): Promise<{ passwordHash: string; isPasswordNormalised: boolean } | undefined> {
  return acrossOrganisations(database, 'tests: a password', () =>
    currentTransaction().table('users').where({ email }).first('passwordHash', 'isPasswordNormalised'),
  );
}

/** Rows of a table, as the owner sees them. */
function countRows(table: string): Promise<number> {
  return acrossOrganisations(database, 'tests: count', async () => {
    const rows = await currentTransaction().table(table).select<unknown[]>();
    return rows.length;
  });
}

const TABLES = ['users', 'organisations', 'memberships', 'people', 'sessions', 'operators', 'audit_entries'];
const counts = () => Promise.all(TABLES.map(countRows));

describe('the very first account', () => {
  // Each of these tests begins on an instance that nobody has registered on.
  let empty: TestDatabase;
  let fresh: Database;
  beforeEach(async () => {
    empty = await createTestDatabase();
    fresh = connect({ url: empty.url });
    return async () => {
      await fresh.close();
      await empty.drop();
    };
  });
  const operators = () =>
    acrossOrganisations(fresh, 'tests: the operator', () =>
      currentTransaction()
        .table('operators')
        .join('users', 'users.id', 'operators.userId')
        .select<{ email: string }[]>('email'),
    );

  test('becomes the operator, and the second does not', async () => {
    const first = await registerTestAccount(fresh);
    await registerTestAccount(fresh);
    expect(await operators()).toEqual([{ email: first.email }]);
  });

  test('can be made while registrations are off, and then nobody else’s', async () => {
    const context = testContext(fresh, { settings: { registrationsEnabled: false } });
    expect(await getRegistration(context)).toEqual({
      ...{ open: true, first: true, needs_set_up_code: false, by_mail: false },
    });
    await registerAccount(context, person());
    expect(await getRegistration(context)).toEqual({
      ...{ open: false, first: false, needs_set_up_code: false, by_mail: false },
    });
    await expect(registerAccount(context, person())).rejects.toMatchObject({
      status: 403,
      reason: 'registrations_disabled',
    });
  });

  test('of ten at the same moment is one: one operator, and with registrations off one account', async () => {
    const context = testContext(fresh, { settings: { registrationsEnabled: false } });
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => registerAccount(context, person())),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ reason: 'registrations_disabled' });
    }
    expect(await operators()).toHaveLength(1);
  });

  test('needs the set-up code where the instance asks for one, and later accounts don’t', async () => {
    const context = testContext(fresh, { settings: { setUpCodeRequired: true } });
    expect(await getRegistration(context)).toEqual({
      ...{ open: true, first: true, needs_set_up_code: true, by_mail: false },
    });
    for (const set_up_code of [undefined, '', 'AAAA-AAAA-AAAA-AAAA']) {
      await expect(registerAccount(context, { ...person(), set_up_code })).rejects.toMatchObject({
        status: 422,
        reason: 'set_up_code_wrong',
        details: [{ field: 'set_up_code' }],
      });
    }
    expect(await operators()).toEqual([]);
    await registerAccount(context, {
      ...person(),
      set_up_code: context.secretKeys.setUpCode().toLowerCase(),
    });
    expect(await getRegistration(context)).toEqual({
      ...{ open: true, first: false, needs_set_up_code: false, by_mail: false },
    });
    await registerAccount(context, person());
  });
});

describe('registering', () => {
  test('makes the account, its organisation with oneself as owner, and a session, together with an audit entry', async () => {
    await registerTestAccount(database);
    const before = await counts();
    const account = await registerTestAccount(database, { name: 'Grace Hopper' });
    const after = await counts();
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([1, 1, 1, 1, 1, 0, 1]);
    expect(account.actor).toMatchObject({
      name: 'Grace Hopper',
      memberships: [{ organisationSlug: 'grace-hopper', organisationName: 'Grace Hopper', role: 'owner' }],
    });
  });

  test('gives equal names numbered slugs, also at the same moment, and reserved words none', async () => {
    const context = testContext(database);
    const slugs = await Promise.all(
      Array.from(
        { length: 6 },
        async () => (await registerAccount(context, person('Zoë Ångström'))).organisationSlug,
      ),
    );
    expect(slugs.sort()).toEqual(['zoe-angstrom', ...[2, 3, 4, 5, 6].map((n) => `zoe-angstrom-${n}`)]);
    expect((await registerTestAccount(database, { name: 'Admin' })).organisationSlug).toBe('admin-2');
    expect((await registerTestAccount(database, { name: '李小龍' })).organisationSlug).toBe('organisation-2');
    const long = await registerTestAccount(database, { name: 'x'.repeat(120) });
    const longer = await registerTestAccount(database, { name: 'x'.repeat(120) });
    expect([long.organisationSlug.length, longer.organisationSlug]).toEqual([64, `${'x'.repeat(62)}-2`]);
  });

  test('an address that is taken is said at its field, and nothing is left behind', async () => {
    const account = await registerTestAccount(database);
    const before = await counts();
    await expect(
      registerAccount(testContext(database), { ...person(), email: account.email }),
    ).rejects.toMatchObject({
      status: 422,
      reason: 'email_taken',
      details: [{ field: 'email' }],
    });
    expect(await counts()).toEqual(before);
  });

  test('of one address at the same moment succeeds once', async () => {
    const context = testContext(database);
    const same = person();
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => registerAccount(context, same)));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ reason: 'email_taken' });
    }
  });

  test('hashes exactly once whether the address is free or taken, outside the transaction', async () => {
    const context = testContext(database);
    const one = person();
    await registerAccount(context, one);
    expect([context.passwordHasher.hashes, context.passwordHasher.verifications]).toEqual([1, 0]);
    await expect(registerAccount(context, one)).rejects.toMatchObject({ reason: 'email_taken' });
    expect([context.passwordHasher.hashes, context.passwordHasher.verifications]).toEqual([2, 0]);
  });

  test('refuses what is public without hashing: a common password, the switch, and the limit', async () => {
    const context = testContext(database);
    await expect(registerAccount(context, { ...person(), password: 'QwertyQwerty' })).rejects.toMatchObject({
      status: 422,
      reason: 'password_too_common',
      details: [{ field: 'password' }],
    });
    const off = testContext(database, { settings: { registrationsEnabled: false } });
    await expect(registerAccount(off, person())).rejects.toMatchObject({ reason: 'registrations_disabled' });
    expect([context.passwordHasher.hashes, off.passwordHasher.hashes]).toEqual([0, 0]);
  });

  test('is limited to ten an hour per IP', async () => {
    const context = testContext(database);
    for (let n = 0; n < 10; n += 1) await registerAccount(context, person());
    await expect(registerAccount(context, person())).rejects.toMatchObject({ status: 429 });
    expect(context.passwordHasher.hashes).toBe(10);
    await registerAccount({ ...context, ip: '192.0.2.2' }, person());
  });
});

describe('signing in', () => {
  test('begins a session in the organisation, as long as was asked for', async () => {
    const { context, email, password, organisationSlug } = await registerTestAccount(database);
    const short = await signIn(context, { email, password });
    const long = await signIn(context, { email, password, stay_signed_in: true });
    const hours = (end: Date) => (end.getTime() - context.now().getTime()) / 3_600_000;
    expect({ ...short, token: '', expiresAt: hours(short.expiresAt) }).toEqual({
      ...{ token: '', expiresAt: 2, staySignedIn: false, email, organisationSlug },
    });
    expect([hours(long.expiresAt), long.staySignedIn]).toEqual([720, true]);
    expect(await authenticate({ sessionToken: short.token }, context)).toMatchObject({ email });
  });

  test('takes a password however the keyboard composes it, and says so in the row', async () => {
    const composed = 'Z\u00fcrich und Gen\u00e8ve am See';
    const { context, email } = await registerTestAccount(database, { password: composed });
    for (const typed of [composed, composed.normalize('NFD'), composed.replaceAll(' ', '\u00a0')])
      expect(await signIn(context, { email, password: typed })).toBeDefined();
    expect(await passwordOf(email)).toEqual({
      ...{ passwordHash: `fake:${composed}`, isPasswordNormalised: true },
    });
  });

  test('checks a password of an older release as it was typed, and hashes it anew once', async () => {
    const decomposed = 'Zu\u0308rich am See 12';
    const composed = decomposed.normalize('NFC');
    const { context, email } = await registerTestAccount(database);
    await acrossOrganisations(database, 'tests: an older row', () =>
      currentTransaction()
        .table('users')
        .where({ email })
        .update({ passwordHash: `fake:${decomposed}`, isPasswordNormalised: false }),
    );
    await expect(signIn(context, { email, password: composed })).rejects.toMatchObject({ status: 401 });
    expect((await passwordOf(email))?.isPasswordNormalised).toBe(false);
    const { hashes } = context.passwordHasher;
    await signIn(context, { email, password: decomposed });
    expect(await passwordOf(email)).toEqual({
      ...{ passwordHash: `fake:${composed}`, isPasswordNormalised: true },
    });
    for (const typed of [composed, decomposed]) await signIn(context, { email, password: typed });
    expect(context.passwordHasher.hashes - hashes).toBe(1);
  });

  test('says the same for a wrong password, an unknown address and an account without password', async () => {
    const { context, email, actor } = await registerTestAccount(database);
    const failures = [await signIn(context, { email, password: 'wrong' }).catch(shown)];
    failures.push(await signIn(context, { email: 'nobody@example.com', password: 'wrong' }).catch(shown));
    await acrossOrganisations(database, 'tests: no password', () =>
      currentTransaction().table('users').where({ id: actor.userId }).update({ passwordHash: null }),
    );
    failures.push(await signIn(context, { email, password: TEST_PASSWORD }).catch(shown));
    expect(failures[0]).toMatchObject({ code: 'UNAUTHORIZED', reason: 'sign_in_failed' });
    expect(failures).toEqual([failures[0], failures[0], failures[0]]);
  });

  test('verifies exactly one hash on each of those paths and on success, and hashes none', async () => {
    const { context, email, password, actor } = await registerTestAccount(database);
    const { passwordHasher: hasher } = context;
    const [hashes, verifications] = [hasher.hashes, hasher.verifications];
    await signIn(context, { email, password });
    expect(hasher.verifications - verifications).toBe(1);
    await signIn(context, { email, password: 'wrong' }).catch(shown);
    expect(hasher.verifications - verifications).toBe(2);
    await signIn(context, { email: 'nobody@example.com', password }).catch(shown);
    expect(hasher.verifications - verifications).toBe(3);
    await acrossOrganisations(database, 'tests: no password', () =>
      currentTransaction().table('users').where({ id: actor.userId }).update({ passwordHash: null }),
    );
    await signIn(context, { email, password }).catch(shown);
    expect(hasher.verifications - verifications).toBe(4);
    expect(hasher.hashes).toBe(hashes);
  });

  test('is limited by the address as it was typed: five failures a minute, alike whether it exists', async () => {
    const { context, email, password } = await registerTestAccount(database);
    for (const address of [email, 'unknown@example.com']) {
      for (let n = 0; n < 5; n += 1) {
        expect(await signIn(context, { email: address, password: 'wrong' }).catch(shown)).toMatchObject({
          reason: 'sign_in_failed',
        });
      }
      // The right one as well: who guesses must not learn that it is.
      const sixth = await signIn(context, { email: address, password }).catch(shown);
      expect(sixth).toMatchObject({ code: 'TOO_MANY_REQUESTS', reason: 'too_many_requests' });
    }
    await signIn({ ...context, ip: '192.0.2.9' }, { email, password });
  });

  test('that succeeds counts nothing: people may sign in as often as they like', async () => {
    const { context, email, password } = await registerTestAccount(database);
    for (let n = 0; n < 110; n += 1) await signIn(context, { email, password });
  });

  test('lets hundreds of attempts from one IP at many accounts not through', async () => {
    const context = testContext(database);
    const attempts = Array.from({ length: 130 }, (_, n) =>
      signIn(context, { email: `nobody-${n}@example.com`, password: 'wrong' }).catch(shown),
    );
    const reasons = (await Promise.all(attempts)).map((failure) => (failure as { reason: string }).reason);
    expect(reasons.filter((reason) => reason === 'sign_in_failed')).toHaveLength(100);
    expect(context.passwordHasher.verifications).toBe(100);
  });
});

describe('signing out', () => {
  test('ends the session of the request and no other', async () => {
    const { context, email, password, sessionToken } = await registerTestAccount(database);
    const other = await signIn(context, { email, password });
    await signOut(context);
    await signOut(context);
    expect(await authenticate({ sessionToken }, context)).toEqual({ kind: 'anonymous' });
    expect(await authenticate({ sessionToken: other.token }, context)).toMatchObject({ email });
  });

  test('of nobody, or of a program, does nothing', async () => {
    const account = await registerTestAccount(database);
    const key = await createTestApiKey(account);
    await signOut(testContext(database));
    await signOut(actingAs(account.context, key.actor));
    expect(await authenticate({ sessionToken: account.sessionToken }, account.context)).toEqual(
      account.actor,
    );
  });
});

describe('me', () => {
  test('is who is signed in, with organisations and roles', async () => {
    const { context, actor, email, organisationSlug } = await registerTestAccount(database);
    expect(await getMe(context)).toMatchObject({
      ...{ id: actor.userId, name: 'Ada Lovelace', email },
      organisations: [
        {
          ...{ slug: organisationSlug, name: 'Ada Lovelace', role: 'owner' },
          permissions: expect.arrayContaining(['projects.write', 'apiKeys.write']) as string[],
        },
      ],
    });
  });

  test('is nobody without a session, and for a program', async () => {
    const account = await registerTestAccount(database);
    const key = await createTestApiKey(account);
    for (const context of [testContext(database), actingAs(account.context, key.actor)]) {
      await expect(getMe(context)).rejects.toMatchObject({ status: 401, reason: 'unauthenticated' });
    }
  });
});

/** What a caller sees of a failure. */
function shown(error: unknown) {
  const { code, reason, message, details } = error as Record<string, unknown>;
  return { code, reason, message, details };
}
