import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { testContext } from '#tests/support/context.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { createSharedLimits, LIMITS, type LimitName } from '../limits.ts';
import { signIn } from '../services/sign-in.ts';
import { clearOldAttempts, createSharedAttempts } from './shared-attempts.ts';

let testDatabase: TestDatabase;
/** Two servers on one database. */
let servers: Database[];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  servers = [connect({ url: testDatabase.url }), connect({ url: testDatabase.url })];
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await testDatabase.drop();
});

const limitsOf = (server: Database) => createSharedLimits(createSharedAttempts(server));

/** @returns how many of so many at once, by turns at each server, pass */
async function passing(count: number, name: LimitName, key: string): Promise<number> {
  const limits = servers.map(limitsOf);
  const results = await Promise.allSettled(
    Array.from({ length: count }, async (_, n) => limits[n % limits.length]?.consume(name, key)),
  );
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ status: 429 });
  }
  return results.filter(({ status }) => status === 'fulfilled').length;
}

function rows(change: object = {}): Promise<object[]> {
  const [server] = servers as [Database];
  return acrossOrganisations(server, 'tests: look', async () => {
    const table = () => currentTransaction().table('rateLimits');
    if (Object.keys(change).length > 0) await table().update(change);
    return (await table().select()) as object[];
  });
}

describe('two servers', () => {
  test.each(['signInPerAccountAndIp', 'registrationPerIp', 'mailPerAddress'] as const)(
    '%s: as many pass as at one, also at the same moment',
    async (name) => {
      const { points } = LIMITS[name];
      expect(await passing(points + 7, name, 'at once')).toBe(points);
      expect(await passing(points + 7, name, 'another')).toBe(points);
    },
  );

  test('writes of programs are counted by each for itself, without the database', async () => {
    const away = connect({ url: 'postgres://anvil@127.0.0.1:1/anvil' });
    await expect(limitsOf(away).consume('apiWritePerKey', 'me')).resolves.toBeUndefined();
    await away.close();
  });

  test('what is given back does not count, and a reset at one forgets all at the other', async () => {
    const [one, other] = servers.map(limitsOf);
    await passing(3, 'mailPerAddress', 'back');
    await one?.giveBack('mailPerAddress', 'back');
    expect(await passing(2, 'mailPerAddress', 'back')).toBe(1);
    await other?.reset('mailPerAddress', 'back');
    expect(await passing(4, 'mailPerAddress', 'back')).toBe(3);
  });

  test('the growing delay lets one of many pass, wherever they come in', async () => {
    const { points } = LIMITS.signInPerAccount;
    expect(await passing(points, 'signInPerAccount', 'ada@example.com')).toBe(points);
    // The ninth attempt past the limit waits for 2^8 s, which this test doesn't last.
    await rows({ points: points + 8 });
    expect(await passing(10, 'signInPerAccount', 'ada@example.com')).toBe(1);
  });
});

test('when its time is over a key begins anew, and what is over is cleared away', async () => {
  await passing(4, 'mailPerAddress', 'over');
  expect(await passing(1, 'mailPerAddress', 'over')).toBe(0);
  await rows({ expiresAt: new Date(Date.now() - 60_000) });
  expect(await passing(4, 'mailPerAddress', 'over')).toBe(3);
  await clearOldAttempts(servers[0] as Database);
  expect(await rows()).toMatchObject([{ points: 4 }]);
});

test('neither an e-mail nor an address of the network lies in the table', async () => {
  await passing(1, 'signInPerAccountAndIp', '192.0.2.7 ada@example.com');
  expect(JSON.stringify(await rows())).not.toMatch(/192|ada|example/);
});

test('signing in: five failures on two servers close both for the account, and the right password opens none', async () => {
  const [one, other] = servers as [Database, Database];
  const { email, password } = await registerTestAccount(one);
  const contexts = [one, other].map((server) => testContext(server, { limits: limitsOf(server) }));
  const attempt = (n: number, typed: string) =>
    signIn(contexts[n % 2] as (typeof contexts)[0], { email, password: typed }).catch(
      (error: unknown) => (error as { reason: string }).reason,
    );
  for (let n = 0; n < 5; n++) expect(await attempt(n, 'wrong')).toBe('sign_in_failed');
  for (let n = 0; n < 2; n++) expect(await attempt(n, password)).toBe('too_many_requests');
});

test('while the database is away nothing passes, as a failure that can be tried again', async () => {
  const away = connect({ url: 'postgres://anvil@127.0.0.1:1/anvil' });
  await expect(limitsOf(away).consume('registrationPerIp', 'me')).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
  await away.close();
});
