import { isLoopback, type Config, type MailConfig } from '../config.ts';
import { createInbox, type Inbox } from '../mail/inbox.ts';
import type { Mailer } from '../mail/mailer.ts';
import { observeMailer, type ObservedMailer } from '../mail/observed-mailer.ts';
import { createTransport } from '../mail/transport.ts';
import type { Meters } from '../telemetry/meters.ts';

export interface Mail {
  mailer: Mailer | undefined;
  /** The transport that is configured. */
  transport: ObservedMailer | undefined;
  /** Where mails are kept in development without a transport; `/dev/mail` shows it. */
  inbox: Inbox | undefined;
}

export async function openMail({ mail, devPages }: Config, meters: Meters | undefined): Promise<Mail> {
  if (mail) {
    const transport = observeMailer(await openTransport(mail), (outcome) => meters?.mailed(outcome));
    return { mailer: transport, transport, inbox: undefined };
  }
  const inbox = devPages ? createInbox(() => new Date()) : undefined;
  return { mailer: inbox, transport: undefined, inbox };
}

/** Opens the transport of the configuration. It connects when there is something to send. */
export function openTransport(mail: MailConfig): Promise<Mailer> {
  return createTransport(mail.kind === 'smtp' ? { ...mail, local: isLoopback(mail.host) } : mail);
}
