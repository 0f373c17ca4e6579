import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHostileSmtp, type HostileSmtp } from '#tests/support/hostile-smtp.ts';
import { MailError, type Mailer, type MailOutcome } from './mailer.ts';
import { observeMailer } from './observed-mailer.ts';
import { createSmtpMailer, SMTP_TIMEOUTS } from './smtp.ts';

const TOKEN = 'Zm9yIHRlc3RzIG9ubHksIDI1NiBiaXRzIG9mIHJhbmRvbQ';
const MESSAGE = {
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  to: 'ada@example.com',
  subject: 'Sign in to Anvil',
  html: `<a href="https://anvil.example.com/link?token=${TOKEN}">Sign in</a>`,
  text: `https://anvil.example.com/link?token=${TOKEN}`,
};

let server: HostileSmtp;
let mailer: Mailer;

beforeEach(async () => {
  server = await startHostileSmtp();
  mailer = mailerOf();
});
afterEach(async () => {
  mailer.close();
  await server.close();
});

function mailerOf(timeouts = SMTP_TIMEOUTS, more: Partial<Parameters<typeof createSmtpMailer>[0]> = {}) {
  return createSmtpMailer(
    {
      ...{ host: '127.0.0.1', port: server.port, username: undefined, password: undefined },
      ...{ from: 'Anvil <noreply@anvil.example.com>', local: true, tls: 'optional', ...more },
    },
    timeouts,
  );
}

async function failureOf(sending: Promise<void>): Promise<MailError> {
  const error: unknown = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MailError);
  return error as MailError;
}

describe('the outcome of a mail', () => {
  test.each<[Partial<HostileSmtp['replies']>, MailOutcome]>([
    [{ rcpt: '550 5.1.1 <ada@example.com>: no such mailbox' }, 'refused'],
    [{ rcpt: '553 mailbox name not allowed' }, 'refused'],
    [{ dot: '554 5.7.1 rejected as spam' }, 'refused'],
    [{ dot: '552 too large' }, 'refused'],
    [{ rcpt: '554 5.7.1 Relay access denied' }, 'misconfigured'],
    [{ rcpt: '550 relay not permitted' }, 'misconfigured'],
    [{ mail: '530 5.7.0 Authentication required' }, 'misconfigured'],
    [{ mail: '550 5.1.0 sender rejected' }, 'misconfigured'],
    [{ greeting: '554 no service for you' }, 'misconfigured'],
    [{ greeting: '421 too many connections' }, 'unavailable'],
    [{ greeting: 'drop' }, 'unavailable'],
    [{ mail: '451 try later' }, 'unavailable'],
    [{ rcpt: '450 4.2.0 greylisted' }, 'unavailable'],
    [{ rcpt: 'drop' }, 'unavailable'],
    [{ data: '451 no space' }, 'unavailable'],
    [{ data: 'drop' }, 'unavailable'],
    [{ dot: '451 local error' }, 'unavailable'],
    [{ dot: '421 closing' }, 'unavailable'],
    [{ dot: 'drop' }, 'unknown'],
  ])('after %j is %s', async (replies, outcome) => {
    Object.assign(server.replies, replies);
    const { outcome: found } = await failureOf(mailer.send(MESSAGE));
    expect(found).toBe(outcome);
    expect(server.messageIds).toHaveLength('dot' in replies ? 1 : 0);
  });

  test('of a server that never answers after the mail is unknown, and before it unavailable', async () => {
    const hasty = mailerOf({ connectMs: 1_000, greetingMs: 50, replyMs: 50 });
    server.replies.dot = 'hang';
    expect((await failureOf(hasty.send(MESSAGE))).outcome).toBe('unknown');
    server.replies.rcpt = 'hang';
    expect((await failureOf(hasty.send(MESSAGE))).outcome).toBe('unavailable');
    server.replies.greeting = 'hang';
    expect((await failureOf(hasty.send(MESSAGE))).outcome).toBe('unavailable');
  });

  test('of a mail that the process stops while it waits for the answer is unknown', async () => {
    server.replies.dot = 'hang';
    const failure = failureOf(mailer.send(MESSAGE));
    await expect.poll(() => server.messageIds.length).toBe(1);
    mailer.close();
    expect((await failure).outcome).toBe('unknown');
  });

  test('of a server without encryption is misconfigured where it is required, and no mail is sent', async () => {
    const strict = mailerOf(SMTP_TIMEOUTS, { tls: 'required', local: false });
    expect((await failureOf(strict.send(MESSAGE))).outcome).toBe('misconfigured');
    expect(server.messageIds).toEqual([]);
    await mailerOf(SMTP_TIMEOUTS, { tls: 'optional', local: false }).send(MESSAGE);
    expect(server.messageIds).toHaveLength(1);
  });
});

test('a server has the ten minutes that RFC 5321 gives it after a mail, and five for its greeting', () => {
  expect(SMTP_TIMEOUTS.replyMs).toBeGreaterThanOrEqual(600_000);
  expect(SMTP_TIMEOUTS.greetingMs).toBeGreaterThanOrEqual(300_000);
});

test('a mail whose server takes its time is sent once, and doesn’t delay another one', async () => {
  server.replies.dot = 'hang';
  const slow = mailer.send(MESSAGE);
  await expect.poll(() => server.messageIds.length).toBe(1);
  server.replies.dot = '250 accepted';
  await mailer.send({ ...MESSAGE, id: '01890a5d-ac96-774b-bcce-b302099a8058' });
  server.release('250 accepted at last');
  await slow;
  expect(server.messageIds).toHaveLength(2);
});

test.each([
  'no mailbox ada@example.com here',
  '5.1.1 <ada@example.com>: User ada unknown; ADA',
  'spam: https://anvil.example.com/link?token=' + TOKEN,
  'quoted ' + MESSAGE.text.split('?')[1],
  'ada%40example.com, also <grace@example.org>',
  '\u0007\u001b[31mcolours\r\n250-more lines',
  TOKEN.slice(0, 30),
])('the words of a server are kept without addresses and links: %j', async (words) => {
  server.replies.rcpt = `550 ${words.replaceAll('\r\n', ' ')}`;
  const { message, serverWords = '' } = await failureOf(mailer.send(MESSAGE));
  expect(message).toContain(serverWords);
  expect(serverWords).toContain('550');
  expect(message).not.toMatch(/ada\b|example\.(com|org)|grace|Zm9y|token=|[\p{Cc}]/iu);
});

test('an observed mailer names a broken transport until a mail shows that it works', async () => {
  const ends: string[] = [];
  const observed = observeMailer(mailer, (outcome) => ends.push(outcome));
  expect(observed.problem()).toBeUndefined();
  server.replies.mail = '530 5.7.0 Authentication required by mail.internal.example';
  await failureOf(observed.send(MESSAGE));
  expect(observed.problem()).toContain('refuses the configuration');
  expect(observed.problem()).not.toContain('internal');
  server.replies.mail = '250 ok';
  server.replies.rcpt = '550 no such mailbox';
  await failureOf(observed.send(MESSAGE));
  expect(observed.problem()).toBeUndefined();
  expect(ends).toEqual(['failed', 'failed']);
});
