import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { actingAs, testContext, type TestContext } from '#tests/support/context.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { startHostileSmtp, type HostileSmtp } from '#tests/support/hostile-smtp.ts';
import { testJobs } from '#tests/support/jobs.ts';
import { ANONYMOUS } from '../auth/actor.ts';
import { createSmtpMailer } from '../mail/smtp.ts';
import type { Mailer } from '../mail/mailer.ts';
import { requestSignInLink } from '../services/link-requests.ts';
import { getLink } from '../services/links.ts';
import { startJobs, type Jobs } from './jobs.ts';
import { createTasks, type MailFailure } from './tasks.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: HostileSmtp;
let mailer: Mailer;
let context: TestContext;
let email: string;
let failures: MailFailure[];

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await startHostileSmtp();
  mailer = createSmtpMailer({
    ...{ host: '127.0.0.1', port: server.port, username: undefined, password: undefined },
    ...{ from: 'noreply@anvil.example.com', local: true, tls: 'optional' },
  });
  context = testContext(database, { settings: { mailEnabled: true, magicLinksEnabled: true } });
  ({ email } = await registerTestAccount(database, { clock: context.clock }));
  failures = [];
});
afterEach(async () => {
  mailer.close();
  await server.close();
  await database.close();
  await testDatabase.drop();
});

function query<T>(sql: string): Promise<T[]> {
  return acrossOrganisations(database, 'tests: look', async () => {
    const { rows } = await currentTransaction().raw<{ rows: T[] }>(sql);
    return rows;
  });
}

const jobs = () => query<{ attempts: number }>('select attempts from graphile_worker.jobs');

/** Runs the jobs that wait, those that are tried again later too. */
async function runAll(): Promise<void> {
  await query('update graphile_worker._private_jobs set run_at = now()');
  await testJobs(context, mailer, (failure) => failures.push(failure)).run();
}

/** The token in a whole mail, whose text may be encoded as quoted-printable. */
function tokenIn(mail = ''): string {
  return /token=(?:3D)?([\w-]{43})/.exec(mail.replaceAll('=\r\n', ''))?.[1] ?? '';
}

describe('a mail', () => {
  test('to a refused recipient is not tried again', async () => {
    server.replies.rcpt = '550 5.1.1 no such mailbox';
    await requestSignInLink(context, { email });
    await runAll();
    expect(await jobs()).toEqual([]);
    expect(failures).toEqual([
      {
        ...{ kind: 'sign_in', outcome: 'refused', attempt: 1, nextTry: undefined },
        serverWords: '550 5.1.1 no such mailbox',
      },
    ]);
  });

  test('that the server did not accept is tried again, and its link expires as if it had been sent', async () => {
    server.replies.dot = '451 try later';
    await requestSignInLink(context, { email });
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await runAll();
      expect(await jobs()).toEqual([{ attempts: attempt }]);
      expect(failures.at(-1)).toMatchObject({ kind: 'sign_in', outcome: 'unavailable', attempt });
    }
    expect(failures[0]?.nextTry).toEqual(new Date(context.now().getTime() + Math.exp(1) * 1_000));
    const token = tokenIn(server.texts[0]);
    const asked = actingAs(context, ANONYMOUS);
    expect(await getLink(asked, { token })).toMatchObject({ kind: 'sign_in' });
    context.clock.advance({ minutes: 15 });
    await expect(getLink(asked, { token })).rejects.toMatchObject({ reason: 'link_over' });
    server.replies.dot = '250 accepted';
    const before = server.messageIds.length;
    await runAll();
    expect([await jobs(), server.messageIds.length]).toEqual([[], before]);
    await expect(getLink(asked, { token })).rejects.toMatchObject({ reason: 'link_over' });
  });

  test('is given up when its link expires before the next try', async () => {
    server.replies.mail = '530 authentication required';
    await requestSignInLink(context, { email });
    await runAll();
    context.clock.advance({ minutes: 14, seconds: 55 });
    await runAll();
    expect(failures.map(({ outcome, nextTry }) => [outcome, nextTry !== undefined])).toEqual([
      ['misconfigured', true],
      ['misconfigured', false],
    ]);
    expect(await jobs()).toEqual([]);
  });

  test('of unknown outcome is tried once more, as the same mail', async () => {
    server.replies.dot = 'drop';
    await requestSignInLink(context, { email });
    await runAll();
    expect(await jobs()).toEqual([{ attempts: 1 }]);
    await runAll();
    expect(await jobs()).toEqual([]);
    expect(server.messageIds).toHaveLength(2);
    expect(new Set(server.messageIds).size).toBe(1);
    expect(tokenIn(server.texts[0])).toMatch(/^[\w-]{43}$/);
    expect(tokenIn(server.texts[1])).toBe(tokenIn(server.texts[0]));
    expect(failures.map(({ outcome, nextTry }) => [outcome, nextTry !== undefined])).toEqual([
      ['unknown', true],
      ['unknown', false],
    ]);
  });

  test('of unknown outcome has its second attempt when a server that was away lies between', async () => {
    server.replies.dot = 'drop';
    await requestSignInLink(context, { email });
    await runAll();
    server.replies.greeting = '421 too busy';
    await runAll();
    await runAll();
    server.replies.greeting = '220 hostile';
    await runAll();
    expect([await jobs(), server.messageIds.length]).toEqual([[], 2]);
  });

  test('whose process dies while sending is sent once more and not again', async () => {
    await requestSignInLink(context, { email });
    const dying: Mailer = { send: () => Promise.reject(new Error('killed')), close: () => undefined };
    for (let death = 0; death < 2; death += 1) {
      await query('update graphile_worker._private_jobs set run_at = now()');
      await testJobs(context, dying).run();
    }
    await runAll();
    expect([await jobs(), server.messageIds]).toEqual([[], []]);
  });
});

test('a slow server holds up no other mail', async () => {
  server.replies.dot = 'hang';
  const tasks = createTasks({ ...context, mailer, onMailFailure: (failure) => failures.push(failure) });
  const workers: Jobs = startJobs({ directUrl: testDatabase.url, tasks, onError: () => undefined });
  try {
    for (let mail = 0; mail < 12; mail += 1) {
      const account = await registerTestAccount(database, { clock: context.clock });
      await requestSignInLink(context, { email: account.email });
    }
    // All of them are with the server, which has answered none.
    await expect.poll(() => server.messageIds.length, { timeout: 60_000 }).toBe(12);
    expect(new Set(server.messageIds).size).toBe(12);
    server.release('250 accepted');
    await expect.poll(jobs, { timeout: 60_000 }).toEqual([]);
    expect([server.messageIds.length, failures]).toEqual([12, []]);
  } finally {
    server.release('250 accepted');
    await workers.stop();
  }
});
