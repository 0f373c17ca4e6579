import type { ParsedMail } from 'mailparser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';
import { startMailReceiver, tokenIn, type MailReceiver } from '#tests/support/mail-receiver.ts';
import { createSmtpMailer } from '../mail/smtp.ts';
import { enqueue } from './enqueue.ts';
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
    ...{ from: 'Anvil <noreply@anvil.example.com>', local: true, tls: 'optional' },
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

const WAIT = { timeout: 60_000 };

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

test('a mail server that is away for a while loses no mail: what comes later is the same one, and its link works', async () => {
  const { email } = await registerTestAccount(database, { email: 'grace@example.com' });
  receiver.refuse(true);
  await server.as(undefined).post('/trpc/accounts.requestPasswordReset', { email });
  await expect.poll(() => failures.length, WAIT).toBe(1);
  expect(String(failures[0])).toBe('MailError: The SMTP server did not accept a mail: 451 Try again later');
  receiver.refuse(false);
  const mailed = () =>
    receiver.mails.filter((mail) => mail.text?.includes('password') && toOf(mail) === email);
  expect(mailed()).toEqual([]);
  const jobs = await query<{ id: string }>(
    "update graphile_worker._private_jobs set run_at = now() returning payload->>'id' as id",
  );
  await expect.poll(() => mailed().length, WAIT).toBe(1);
  const [mail] = mailed();
  expect(jobs).toEqual([{ id: mail?.messageId?.slice(1, -'@anvil.example.com>'.length) }]);

  // The process may have died after the server had taken the mail: then it goes out once more, and is the same.
  await acrossOrganisations(database, 'tests: again', () => enqueue('mail_link', jobs[0]?.id ?? ''));
  await expect.poll(() => mailed().length, WAIT).toBe(2);
  const [first, second] = mailed();
  expect(second).toMatchObject({ messageId: first?.messageId, text: first?.text, html: first?.html });
  const used = await server
    .as(undefined)
    .post('/trpc/accounts.useLink', { token: tokenIn(first?.text), password: 'four words nobody combines' });
  expect(used.status).toBe(200);

  // A job that comes after the link was used sends nothing.
  await acrossOrganisations(database, 'tests: too late', () => enqueue('mail_link', jobs[0]?.id ?? ''));
  await expect.poll(() => query('select id from graphile_worker._private_jobs'), WAIT).toEqual([]);
  expect(mailed()).toHaveLength(2);
});

test('no link and no address stands in the log', () => {
  const log = JSON.stringify([server.logged, failures.map(String)]);
  expect(server.logged.length).toBeGreaterThan(5);
  for (const mail of receiver.mails) expect(log).not.toContain(tokenIn(mail.text));
  for (const email of ['ada@example.com', 'grace@example.com']) expect(log).not.toContain(email);
});

function toOf({ to }: ParsedMail): string | undefined {
  return [to ?? []].flat()[0]?.value[0]?.address;
}

function query<T = unknown>(sql: string): Promise<T[]> {
  return acrossOrganisations(database, 'tests: look', async () => {
    const { rows } = await currentTransaction().raw<{ rows: T[] }>(sql);
    return rows;
  });
}
