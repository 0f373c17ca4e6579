import { isLoopback, type Config } from '../config.ts';
import { createInbox, type Inbox } from '../mail/inbox.ts';
import type { Mailer } from '../mail/mailer.ts';
import { createTransport } from '../mail/transport.ts';
import type { Meters } from '../telemetry/meters.ts';

/** Where mails go; in development without a transport to an inbox of its own, which `/dev/mail` shows. */
export async function openMail(
  { mail, devPages }: Config,
  meters: Meters | undefined,
): Promise<{ mailer: Mailer | undefined; inbox: Inbox | undefined }> {
  if (mail) {
    const input = mail.kind === 'smtp' ? { ...mail, local: isLoopback(mail.host) } : mail;
    const mailer = await createTransport(input);
    return { mailer: meters ? counted(mailer, meters) : mailer, inbox: undefined };
  }
  const inbox = devPages ? createInbox(() => new Date()) : undefined;
  return { mailer: inbox, inbox };
}

function counted(mailer: Mailer, meters: Meters): Mailer {
  return {
    send: async (message) => {
      await mailer.send(message).catch((error: unknown) => {
        meters.mailed('failed');
        throw error;
      });
      meters.mailed('sent');
    },
    close: () => mailer.close(),
  };
}
