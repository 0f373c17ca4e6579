import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHostileSmtp, type HostileSmtp } from '#tests/support/hostile-smtp.ts';
import type { Config } from '../config.ts';
import { sendTestMail } from './mail-test.ts';

let server: HostileSmtp;
let config: Pick<Config, 'mail' | 'baseUrl'>;

beforeEach(async () => {
  server = await startHostileSmtp();
  config = {
    baseUrl: 'https://anvil.example.com',
    mail: {
      ...{ kind: 'smtp', host: '127.0.0.1', port: server.port, username: undefined, password: undefined },
      ...{ from: 'Anvil <noreply@anvil.example.com>', tls: 'optional' },
    },
  };
});
afterEach(() => server.close());

describe('anvil-server mail:test', () => {
  test('sends one mail and ends when the server has accepted it', async () => {
    await sendTestMail(config, 'you@example.com');
    expect(server.texts).toHaveLength(1);
    expect(server.texts[0]).toMatch(/^To: you@example\.com\r?$/m);
    expect(server.texts[0]).toMatch(/^Subject: Test mail from Anvil\r?$/m);
  });

  test.each([
    [{ rcpt: '550 5.1.1 no such mailbox' }, /550 5\.1\.1 no such mailbox \(refused\)/],
    [{ mail: '530 5.7.0 authenticate first' }, /530 5\.7\.0 authenticate first \(misconfigured\)/],
    [{ greeting: 'drop' as const }, /\(unavailable\)/],
    [{ dot: 'drop' as const }, /\(unknown\)/],
  ])('fails with the words of the server after %j', async (replies, words) => {
    Object.assign(server.replies, replies);
    await expect(sendTestMail(config, 'you@example.com')).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(words) as string,
    });
  });

  test('says what is missing without a transport or with something that isn’t an address', async () => {
    await expect(sendTestMail({ ...config, mail: undefined }, 'you@example.com')).rejects.toThrow(
      'No mail transport is configured. Set SMTP_HOST or RESEND_API_KEY.',
    );
    await expect(sendTestMail(config, 'you')).rejects.toThrow("you isn't an e-mail address.");
    expect(server.texts).toEqual([]);
  });
});
