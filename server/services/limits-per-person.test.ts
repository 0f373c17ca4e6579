import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';
import { createSharedLimits, LIMITS, type AttemptCounters } from '../limits.ts';

// An attacker who knows only an address can't use up these limits of its owner.

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let account: TestAccount;
const limits = createSharedLimits(timelessCounters());

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database, {
    settings: { mailEnabled: true, magicLinksEnabled: true },
    options: { clientAddress: { trustedProxies: ['127.0.0.1'], clientIpHeader: undefined } },
    limits,
  });
  account = await registerTestAccount(database);
});
afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

/** Counters whose time never ends, so that a delay is not over before the test is. */
function timelessCounters(): AttemptCounters {
  const counts = new Map<string, number>();
  return {
    add: (key, seconds) => {
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return Promise.resolve({ count, msLeft: seconds * 1_000 });
    },
    takeBack: (key) => Promise.resolve(void counts.set(key, (counts.get(key) ?? 1) - 1)),
    forget: (keys) => Promise.resolve(keys.forEach((key) => counts.delete(key))),
  };
}

/** The cookies of a response as a browser sends them back. */
function cookiesOf(headers: Record<string, unknown>): string {
  const set = [headers['set-cookie'] ?? []].flat() as string[];
  return set.map((line) => line.split(';')[0]).join('; ');
}

let networks = 0;
const newNetwork = () => `198.51.100.${(networks += 1)}`;

function call(procedure: string, body: object, { ip = newNetwork(), cookie = '' } = {}) {
  const headers = { 'x-forwarded-for': ip, 'sec-fetch-site': 'same-origin', ...(cookie ? { cookie } : {}) };
  return server.as(undefined).post(`/trpc/accounts.${procedure}`, body, { headers });
}

const signIn = (password: string, from?: { ip?: string; cookie?: string }, email = account.email) =>
  call('signIn', { email, password }, from);

describe('guesses from many networks', () => {
  test('close the account to strangers, and never to a browser that was signed in before', async () => {
    const first = await signIn(account.password);
    const cookie = cookiesOf(first.headers);
    expect(cookie).toMatch(/anvil_browser_[0-9a-f]{16}=/);
    // The first attempt past the points passes. The following ones wait for longer and longer.
    for (let guess = 0; guess < LIMITS.signInPerAccount.points + 1; guess += 1)
      expect((await signIn('a wrong guess')).status).toBe(401);

    const verifications = server.context.passwordHasher.verifications;
    const stranger = await signIn(account.password);
    expect([stranger.status, server.context.passwordHasher.verifications]).toEqual([429, verifications]);
    expect(JSON.stringify(stranger.body)).toContain('Or ask for a sign-in link by mail.');

    // Its own failures don't count as the attacker's, and the right password passes every time.
    for (let time = 0; time < 3; time += 1) {
      expect((await signIn('mistyped', { cookie })).status).toBe(401);
      expect((await signIn(account.password, { cookie })).status).toBe(200);
    }
  });

  test('in a known browser are counted by its own limit, and leave other browsers alone', async () => {
    const other = await registerTestAccount(database);
    const [one, two] = await Promise.all([0, 1].map(() => signIn(other.password, {}, other.email)));
    const [stolen, own] = [cookiesOf(one?.headers ?? {}), cookiesOf(two?.headers ?? {})];
    const { points } = LIMITS.signInPerKnownBrowser;
    for (let guess = 0; guess < points + 1; guess += 1)
      expect((await signIn('a guess', { cookie: stolen }, other.email)).status).toBe(401);
    expect((await signIn(other.password, { cookie: stolen }, other.email)).status).toBe(429);
    expect((await signIn(other.password, { cookie: own }, other.email)).status).toBe(200);
    expect((await signIn(other.password, {}, other.email)).status).toBe(200);
  });

  test('aren’t helped by a cookie of another account, a changed one, or a made-up one', async () => {
    const mallory = await registerTestAccount(database);
    const theirs = cookiesOf((await signIn(mallory.password, {}, mallory.email)).headers);
    const [name = '', value = ''] = (/anvil_browser_\w+=[^;]+/.exec(theirs)?.[0] ?? '').split('=');
    expect((await signIn(account.password)).status).toBe(429);
    for (const cookie of [theirs, `${name}=${value.replace(/^./, 'A')}`, `${name}=`, `${name}=a.b`])
      expect((await signIn(account.password, { cookie })).status).toBe(429);
  });
});

describe('mails', () => {
  const ask = (procedure: string, email: string, cookie?: string) =>
    call(procedure, procedure === 'register' ? { name: 'Mallory', email } : { email }, { cookie });

  test('of registrations don’t use up those of reset and sign-in', async () => {
    const { email } = await registerTestAccount(database);
    for (let mail = 0; mail < 3; mail += 1) expect((await ask('register', email)).status).toBe(200);
    expect((await ask('register', email)).status).toBe(429);
    expect((await ask('requestPasswordReset', email)).status).toBe(200);
    expect((await ask('requestSignInLink', email)).status).toBe(200);
  });

  test('of registrations are counted per mailbox, whichever of its addresses are named from wherever', async () => {
    const addresses = [0, 1, 2, 3, 4].map((n) => `flooded+${n}@example.org`);
    const statuses: number[] = [];
    for (const address of addresses) statuses.push((await ask('register', address)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect((await ask('register', 'flooded@example.org')).status).toBe(429);
    expect((await ask('register', 'somebody@example.org')).status).toBe(200);
  });

  test('that strangers ask for don’t use up those of a known browser and of a signed-in person', async () => {
    const other = await registerTestAccount(database);
    const cookie = cookiesOf((await signIn(other.password, {}, other.email)).headers);
    for (let mail = 0; mail < 3; mail += 1) await ask('requestSignInLink', other.email);
    expect((await ask('requestPasswordReset', other.email)).status).toBe(429);
    expect((await ask('requestPasswordReset', other.email, cookie)).status).toBe(200);
    expect((await call('requestConfirmation', {}, { cookie })).status).toBe(200);
  });
});
