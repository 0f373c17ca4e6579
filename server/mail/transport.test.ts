import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { startMailReceiver } from '#tests/support/mail-receiver.ts';
import { MailError } from './mailer.ts';
import { createTransport, type TransportInput } from './transport.ts';

const MESSAGE = {
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  to: 'ada@example.com',
  subject: 'Für Sie · ✓',
  html: '<p>Grüße</p>',
  text: 'Grüße\n. a line that begins with a dot',
};
const FROM = 'Anvil <noreply@anvil.example.com>';

let closers: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

async function mailerOf(input: TransportInput) {
  const mailer = await createTransport(input);
  closers.push(() => mailer.close());
  return mailer;
}

async function receiver() {
  const started = await startMailReceiver();
  closers.push(() => started.close());
  return started;
}

function smtp(port: number, more: Partial<Extract<TransportInput, { kind: 'smtp' }>> = {}): TransportInput {
  const nobody = { username: undefined, password: undefined, tls: 'optional' as const };
  return { kind: 'smtp', host: '127.0.0.1', port, from: FROM, local: true, ...nobody, ...more };
}

/** What a mailer throws; it must not hold what the mail says, or whom it is for. */
async function failureOf(sending: Promise<void>): Promise<string> {
  const error = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MailError);
  const { message, cause } = error as MailError;
  expect([message.includes('ada'), cause]).toEqual([false, undefined]);
  return message;
}

describe('SMTP', () => {
  test('sends HTML and text under an id that is the same each time', async () => {
    const { port, mails } = await receiver();
    const mailer = await mailerOf(smtp(port));
    await mailer.send(MESSAGE);
    await mailer.send(MESSAGE);
    expect(mails).toHaveLength(2);
    for (const mail of mails) {
      expect(mail.messageId).toBe(`<${MESSAGE.id}@anvil.example.com>`);
      expect([mail.subject, mail.html, mail.text?.trim()]).toEqual([
        ...[MESSAGE.subject, MESSAGE.html, MESSAGE.text],
      ]);
      expect(mail.from?.value).toEqual([{ address: 'noreply@anvil.example.com', name: 'Anvil' }]);
      expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    }
  });

  test('says that a mail was refused and why, and sends the next one', async () => {
    const { port, mails, refuse } = await receiver();
    const mailer = await mailerOf(smtp(port));
    refuse(true);
    expect(await failureOf(mailer.send(MESSAGE))).toContain('451');
    refuse(false);
    await mailer.send(MESSAGE);
    expect(mails).toHaveLength(1);
  });

  test('says that nobody answers', async () => {
    const { port, close } = await startMailReceiver();
    await close();
    const mailer = await mailerOf(smtp(port));
    expect(await failureOf(mailer.send(MESSAGE))).toContain('ECONNREFUSED');
  });

  test('never gives a password to a server elsewhere that does not encrypt', async () => {
    const { port, mails, sessions } = await receiver();
    const secret = { username: 'anvil', password: 'do not tell' };
    const far = await mailerOf(smtp(port, { ...secret, local: false }));
    await failureOf(far.send(MESSAGE));
    expect([mails, sessions()]).toEqual([[], { authenticated: 0 }]);
    const near = await mailerOf(smtp(port, secret));
    await near.send(MESSAGE);
    expect([mails.length, sessions()]).toEqual([1, { authenticated: 1 }]);
  });
});

describe('Resend', () => {
  interface Asked {
    path: string | undefined;
    headers: IncomingHttpHeaders;
    body: unknown;
  }

  /** Answers as Resend does, with what the test says. */
  async function resend(status = 200, answer: object = { id: 'x' }) {
    const asked: Asked[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        asked.push({ path: request.url, headers: request.headers, body: JSON.parse(body) });
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { asked, mailer: await mailerOf({ kind: 'resend', apiKey: 're_test', baseUrl, from: FROM }) };
  }

  test('sends HTML and text under a key that is the same each time, so that it sends one of them', async () => {
    const { asked, mailer } = await resend();
    await mailer.send(MESSAGE);
    await mailer.send(MESSAGE);
    const [first, second] = asked;
    expect(first?.path).toBe('/emails');
    expect(first?.headers).toMatchObject({
      ...{ authorization: 'Bearer re_test', 'idempotency-key': MESSAGE.id },
    });
    const { to, subject, html, text } = MESSAGE;
    expect(first?.body).toMatchObject({ from: FROM, to, subject, html, text });
    // Another body under the same key would be refused.
    expect(second?.body).toEqual(first?.body);
    expect(second?.headers['idempotency-key']).toBe(MESSAGE.id);
  });

  test.each([
    [422, 'validation_error', 'refused'],
    [400, 'validation_error', 'refused'],
    [401, 'restricted_api_key', 'misconfigured'],
    [403, 'invalid_api_key', 'misconfigured'],
    [409, 'concurrent_idempotent_requests', 'unavailable'],
    [429, 'rate_limit_exceeded', 'unavailable'],
    [500, 'application_error', 'unavailable'],
  ])('throws what it only answers: %i %s is %s', async (statusCode, name, outcome) => {
    const { mailer } = await resend(statusCode, { statusCode, name, message: 'ada@example.com is wrong' });
    const error: unknown = await mailer.send(MESSAGE).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ outcome, serverWords: '[address] is wrong' });
    expect(await failureOf(Promise.reject(error as MailError))).toContain(name);
  });

  test('says that nobody answers', async () => {
    const { asked, mailer } = await resend();
    for (const close of closers.reverse()) await close();
    closers = [];
    await failureOf(mailer.send(MESSAGE));
    expect(asked).toEqual([]);
  });
});
