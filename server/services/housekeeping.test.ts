import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { testContext } from '#tests/support/context.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { signIn } from './sign-in.ts';
import { startHousekeeping } from './housekeeping.ts';

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

function countSessions(userId: string): Promise<number> {
  return acrossOrganisations(database, 'tests: count', async () => {
    const rows = await currentTransaction().table('sessions').where({ userId }).select<unknown[]>();
    return rows.length;
  });
}

test('sessions that are over are gone after a start, the others stay', async () => {
  const { context, email, password, actor } = await registerTestAccount(database);
  await signIn(context, { email, password, stay_signed_in: true });
  context.clock.advance({ hours: 3 });
  await signIn(context, { email, password });
  expect(await countSessions(actor.userId)).toBe(3);
  const housekeeping = startHousekeeping(context, (error) => {
    throw error;
  });
  await expect.poll(() => countSessions(actor.userId)).toBe(2);
  await housekeeping.stop();
});

test('noted audit entries are written by themselves, and those that are left at the end', async () => {
  const { context, email } = await registerTestAccount(database);
  const failures = () =>
    acrossOrganisations(database, 'tests: count', async () => {
      const rows = await currentTransaction().table('auditRepeats').select<{ times: number }[]>('times');
      return rows.reduce((sum, { times }) => sum + times, 0);
    });
  const before = await failures();
  const fail = () => signIn(context, { email, password: 'wrong' }).catch(() => undefined);
  const housekeeping = startHousekeeping(context, (error) => {
    throw error;
  });
  await fail();
  await expect.poll(failures).toBe(before + 1);
  await fail();
  await housekeeping.stop();
  expect(await failures()).toBe(before + 2);
});

test('a database that is away is told and stops nothing', async () => {
  const away = connect({ url: 'postgres://anvil@127.0.0.1:1/anvil' });
  const errors: unknown[] = [];
  const housekeeping = startHousekeeping(testContext(away), (error) => errors.push(error));
  await expect.poll(() => errors).toMatchObject([{ code: 'ECONNREFUSED' }]);
  await housekeeping.stop();
  await away.close();
});
