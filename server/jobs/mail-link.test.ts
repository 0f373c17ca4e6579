import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';
import { startMailReceiver, tokenIn, type MailReceiver } from '#tests/support/mail-receiver.ts';
import { createSmtpMailer } from '../mail/smtp.ts';
import { startJobs, type Jobs } from './jobs.ts';
import { createTasks } from './tasks.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let receiver: MailReceiver;
let jobs: Jobs;
const failures: unknown[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  receiver = await startMailReceiver();
  server = await testApp(database, { settings: { mailEnabled: true, magicLinksEnabled: true } });
  const mailer = createSmtpMailer({
    ...{ host: '127.0.0.1', port: receiver.port, username: undefined, password: undefined },
    ...{ from: 'Anvil <noreply@anvil.example.com>', local: true },
  });
  jobs = startJobs({
    directUrl: testDatabase.url,
    tasks: createTasks({ ...server.context, mailer }),
    onError: (error) => failures.push(error),
  });
});
afterAll(async () => {
  await jobs.stop();
  await server.close();
  await receiver.close();
  await database.close();
  await testDatabase.drop();
});

const WAIT = { timeout: 25_000 };

test('a forgotten password is replaced by a mailed link: once, and every older session ends', async () => {
  const account = await registerTestAccount(database, { email: 'ada@example.com' });
  const asked = await server
    .as(undefined)
    .post('/trpc/accounts.requestPasswordReset', { email: 'Ada@Example.com' });
  expect([asked.status, asked.body]).toEqual([200, { result: { data: { mailed: true } } }]);
  await expect.poll(() => receiver.mails.length, WAIT).toBe(1);
  expect(failures).toEqual([]);

  const [mail] = receiver.mails;
  const token = tokenIn(mail?.text);
  const input = encodeURIComponent(JSON.stringify({ token }));
  for (let look = 0; look < 3; look += 1) {
    const seen = await server.as(undefined).get(`/trpc/accounts.link?input=${input}`);
    expect(seen.body).toMatchObject({
      result: { data: { kind: 'reset', email: 'ada@example.com', needs_password: true } },
    });
  }
  const password = 'four words nobody combines';
  const used = await server.as(undefined).post('/trpc/accounts.useLink', { token, password });
  expect([used.status, used.body]).toEqual([
    200,
    { result: { data: { organisation: account.organisationSlug } } },
  ]);
  expect(String(used.headers['set-cookie'])).toContain('anvil_session=');

  const again = await server.as(undefined).post('/trpc/accounts.useLink', { token, password });
  expect([again.status, again.body]).toMatchObject([404, { error: { data: { reason: 'link_over' } } }]);
  expect((await server.as({ session: account.sessionToken }).get('/trpc/accounts.me')).status).toBe(401);
  const signIn = (typed: string) =>
    server.as(undefined).post('/trpc/accounts.signIn', { email: 'ada@example.com', password: typed });
  expect((await signIn(account.password)).status).toBe(401);
  expect((await signIn(password)).status).toBe(200);
});
