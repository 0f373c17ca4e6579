import { afterEach, beforeEach, expect, it } from 'vitest';
import pg from 'pg';
import { connect } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { startHostileSmtp, type HostileSmtp } from '#tests/support/hostile-smtp.ts';
import { startServerProcess, type ServerProcess } from '#tests/support/server-process.ts';

// A server that is told to stop while a mail server hangs. The mail is sent by the next start.

let testDatabase: TestDatabase;
let smtp: HostileSmtp;
let server: ServerProcess | undefined;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  smtp = await startHostileSmtp();
});
afterEach(async () => {
  await server?.stop();
  await smtp.close();
  await testDatabase.drop();
});

async function start(): Promise<ServerProcess> {
  server = await startServerProcess('build/server.mjs', {
    ...{ DATABASE_URL: testDatabase.url, LOG_LEVEL: 'warn', FROM_EMAIL: 'noreply@anvil.example.com' },
    ...{ SMTP_HOST: '127.0.0.1', SMTP_PORT: String(smtp.port), SMTP_TLS: 'optional' },
  });
  await server.ready();
  return server;
}

async function askForMail({ url }: ServerProcess): Promise<void> {
  const database = connect({ url: testDatabase.url });
  const { email } = await registerTestAccount(database);
  await database.close();
  const { status } = await fetch(`${url}/trpc/accounts.requestPasswordReset`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ email }),
  });
  expect(status).toBe(200);
}

/** Ends a server in order. @returns its exit code and what it logged of a forced end */
async function stop(running: ServerProcess) {
  running.child.kill('SIGTERM');
  return { code: await running.exited, isForced: running.log().includes('ending anyway') };
}

async function countJobs(): Promise<number> {
  const client = new pg.Client(testDatabase.url);
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from graphile_worker.jobs',
  );
  await client.end();
  return rows[0]?.count ?? 0;
}

it('stops in time while a mail is not confirmed, and the next start sends the same mail once more', async () => {
  smtp.replies.dot = 'hang';
  const first = await start();
  await askForMail(first);
  await expect.poll(() => smtp.messageIds.length).toBe(1);
  expect(await stop(first)).toEqual({ code: 0, isForced: false });
  expect(await countJobs()).toBe(1);

  // The second attempt isn't confirmed either. A third could reach the person three times.
  const second = await start();
  await expect.poll(() => smtp.messageIds.length).toBe(2);
  expect(await stop(second)).toEqual({ code: 0, isForced: false });
  expect(new Set(smtp.messageIds).size).toBe(1);
  smtp.replies.dot = '250 accepted';
  await start();
  await expect.poll(countJobs).toBe(0);
  expect(smtp.messageIds).toHaveLength(2);
});

it('stops in time while a mail server doesn’t greet, and the next start sends the mail', async () => {
  smtp.replies.greeting = 'hang';
  const first = await start();
  await askForMail(first);
  await expect.poll(() => smtp.connections()).toBe(1);
  expect(await stop(first)).toEqual({ code: 0, isForced: false });
  smtp.replies.greeting = '220 hostile';
  await start();
  await expect.poll(() => smtp.messageIds.length).toBe(1);
  await expect.poll(countJobs).toBe(0);
});
