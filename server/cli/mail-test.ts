import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { MailError } from '../mail/mailer.ts';
import { testMessage } from '../mail/test-message.tsx';
import { openTransport } from '../main/mail.ts';
import { StartError } from '../main/start-error.ts';

/**
 * `anvil-server mail:test ADDRESS`: sends one mail by the configured transport and waits for its answer.
 *
 * @param address as typed
 * @throws StartError with what the mail server said
 */
export async function sendTestMail(
  { mail, baseUrl }: Pick<Config, 'mail' | 'baseUrl'>,
  address: string,
): Promise<void> {
  if (!z.email().safeParse(address).success)
    throw new StartError(`${address} isn't an e-mail address. Give one such as you@example.com.`);
  if (!mail) throw new StartError('No mail transport is configured. Set SMTP_HOST or RESEND_API_KEY.');
  const transport = await openTransport(mail);
  try {
    await transport.send(testMessage({ id: uuidv7(), to: address, baseUrl }));
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    throw new StartError(`${error.message} (${error.outcome}).`);
  } finally {
    transport.close();
  }
}
