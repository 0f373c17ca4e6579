import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { testClock } from '#tests/support/context.ts';
import { registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import {
  clearExpiredSessions,
  endSession,
  endSessionsOfUser,
  readSession,
  sessionCookie,
  startSession,
  type SessionDeps,
} from './sessions.ts';
import { deriveSecretKeys } from './secret-keys.ts';

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

interface StoredSession {
  id: string;
  userId: string;
  lastUsedAt: Date;
  expiresAt: Date;
}

function storedSessions(account: TestAccount): Promise<StoredSession[]> {
  const { userId } = account.actor;
  return acrossOrganisations(database, 'tests: look at sessions', () =>
    currentTransaction().table('sessions').where({ userId }).select<StoredSession[]>('*'),
  );
}

/** An account with a clock of its own and one further session. */
async function signedIn(staySignedIn: boolean) {
  const clock = testClock();
  const account = await registerTestAccount(database, { clock });
  const deps: SessionDeps = account.context;
  await endSessionsOfUser(deps, account.actor.userId);
  const { token, expiresAt } = await startSession(deps, { userId: account.actor.userId, staySignedIn });
  return { account, clock, deps, token, expiresAt };
}

/** As if the session had been used all the time: a test need not make 360 requests. */
async function pretendUse(account: TestAccount, lastUsedAt: Date): Promise<void> {
  const { userId } = account.actor;
  const expiresAt = new Date(lastUsedAt.getTime() + 2 * 60 * 60 * 1_000);
  await acrossOrganisations(database, 'tests: use', () =>
    currentTransaction().table('sessions').where({ userId }).update({ lastUsedAt, expiresAt }),
  );
}

describe('a session', () => {
  test('gives the user with all memberships of now', async () => {
    const { account, deps, token } = await signedIn(false);
    expect(await readSession(deps, token)).toEqual({
      ...account.actor,
      sessionId: expect.any(String) as string,
    });
    const { organisationId } = account;
    await acrossOrganisations(database, 'tests: leave', () =>
      currentTransaction().table('memberships').where({ organisationId }).delete(),
    );
    expect(await readSession(deps, token)).toMatchObject({ memberships: [] });
  });

  test('is stored by a keyed hash: neither the token nor its plain hash is in the table', async () => {
    const { account, deps, token } = await signedIn(false);
    const [row] = await storedSessions(account);
    expect(row?.id).toBe(deps.secretKeys.sessionIdsOf(token)[0]);
    expect(await readSession(deps, row?.id ?? '')).toBeUndefined();
    expect(JSON.stringify(row)).not.toContain(token);
  });

  test('ends after two hours without use, and goes on as long as it is used', async () => {
    const { clock, deps, token, expiresAt } = await signedIn(false);
    expect(expiresAt.getTime() - clock.now().getTime()).toBe(2 * 60 * 60 * 1_000);
    for (let visit = 0; visit < 3; visit += 1) {
      clock.advance({ hours: 1, minutes: 59 });
      expect(await readSession(deps, token)).toBeDefined();
    }
    clock.advance({ hours: 2 });
    expect(await readSession(deps, token)).toBeUndefined();
  });

  test('with "stay signed in" outlasts weeks without use', async () => {
    const { clock, deps, token } = await signedIn(true);
    clock.advance({ days: 29, hours: 23 });
    expect(await readSession(deps, token)).toBeDefined();
  });

  test.each([false, true])(
    'ends after 30 days however much it is used (stay signed in: %s)',
    async (stay) => {
      const { account, clock, deps, token } = await signedIn(stay);
      clock.advance({ days: 29, hours: 23 });
      await pretendUse(account, clock.now());
      clock.advance({ minutes: 30 });
      expect(await readSession(deps, token)).toBeDefined();
      clock.advance({ minutes: 30 });
      expect(await readSession(deps, token)).toBeUndefined();
    },
  );

  test('that is over is taken out of the table when it is shown', async () => {
    const { account, clock, deps, token } = await signedIn(false);
    clock.advance({ hours: 3 });
    await readSession(deps, token);
    expect(await storedSessions(account)).toEqual([]);
  });

  test('writes its last use at most once a minute', async () => {
    const { account, clock, deps, token } = await signedIn(false);
    const begun = clock.now();
    clock.advance({ seconds: 59 });
    await readSession(deps, token);
    expect(await storedSessions(account)).toMatchObject([{ lastUsedAt: begun }]);
    clock.advance({ seconds: 1 });
    await readSession(deps, token);
    expect(await storedSessions(account)).toMatchObject([{ lastUsedAt: clock.now() }]);
  });

  test('that was ended signs nobody in, and ending it again does nothing', async () => {
    const { deps, token } = await signedIn(true);
    const actor = await readSession(deps, token);
    await endSession(deps, actor?.sessionId ?? '');
    await endSession(deps, actor?.sessionId ?? '');
    expect(await readSession(deps, token)).toBeUndefined();
  });

  test('goes on while the secret is being changed, and ends with the old one', async () => {
    const { account, deps, token } = await signedIn(true);
    const salts = { sessionSigningSalt: 'signing' };
    const old = { ...deps, secretKeys: deriveSecretKeys({ secretKeyBase: 'old', ...salts }) };
    const started = await startSession(old, { userId: account.actor.userId, staySignedIn: true });
    const rotating = {
      ...deps,
      secretKeys: deriveSecretKeys({ secretKeyBase: 'new', previous: 'old', ...salts }),
    };
    const rotated = { ...deps, secretKeys: deriveSecretKeys({ secretKeyBase: 'new', ...salts }) };
    expect(await readSession(rotating, started.token)).toBeDefined();
    expect(await readSession(rotated, started.token)).toBeUndefined();
    expect(await readSession(rotating, token)).toBeUndefined();
  });

  test('begun in a transaction that fails was never there', async () => {
    const { account, deps } = await signedIn(true);
    let token = '';
    const work = acrossOrganisations(database, 'tests: fail', async () => {
      ({ token } = await startSession(deps, { userId: account.actor.userId, staySignedIn: true }));
      expect(await readSession(deps, token)).toBeDefined();
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await readSession(deps, token)).toBeUndefined();
  });
});

test('what no session has as a token is nobody’s, whatever it is', async () => {
  const { deps, token } = await signedIn(true);
  for (const wrong of ['', 'x', token.slice(1), `${token}x`, `${token.slice(0, -1)}\0`, 'ü'.repeat(43)]) {
    expect(await readSession(deps, wrong)).toBeUndefined();
  }
});

test('all sessions of a user end together, and only theirs', async () => {
  const one = await signedIn(true);
  const other = await signedIn(true);
  await startSession(one.deps, { userId: one.account.actor.userId, staySignedIn: false });
  await endSessionsOfUser(one.deps, one.account.actor.userId);
  expect(await storedSessions(one.account)).toEqual([]);
  expect(await readSession(other.deps, other.token)).toBeDefined();
});

test('clearing away takes what is over and leaves what is not', async () => {
  const idle = await signedIn(false);
  const staying = await signedIn(true);
  idle.clock.advance({ hours: 2 });
  await clearExpiredSessions(idle.deps);
  expect(await storedSessions(idle.account)).toEqual([]);
  expect(await storedSessions(staying.account)).toHaveLength(1);
});

describe('the cookie', () => {
  const session = { token: 'T', expiresAt: new Date('2030-02-01T00:00:00Z'), staySignedIn: true };

  test('on https is __Host- and Secure, on plain http neither; HttpOnly, Lax and for the whole site on both', () => {
    const https = sessionCookie({ https: true });
    const http = sessionCookie({ https: false });
    expect(https.name).toBe('__Host-anvil_session');
    expect(https.set(session).split('; ').sort()).toEqual(
      [
        '__Host-anvil_session=T',
        'Expires=Fri, 01 Feb 2030 00:00:00 GMT',
        'HttpOnly',
        'Path=/',
        'SameSite=Lax',
        'Secure',
      ].sort(),
    );
    expect(http.name).toBe('anvil_session');
    expect(http.set(session)).toMatch(/^anvil_session=T;/);
    expect(http.set(session)).not.toContain('Secure');
    expect(http.set(session)).toContain('HttpOnly');
  });

  test('without "stay signed in" has no end of its own: it goes with the browser', () => {
    expect(sessionCookie({ https: true }).set({ ...session, staySignedIn: false })).not.toMatch(
      /Expires|Max-Age/,
    );
  });

  test('is taken away by the same name and path', () => {
    expect(sessionCookie({ https: true }).clear()).toMatch(
      /^__Host-anvil_session=;.*Max-Age=0.*Path=\/.*Secure/,
    );
  });
});
