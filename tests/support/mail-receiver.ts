import { simpleParser, type ParsedMail } from 'mailparser';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface MailReceiver {
  port: number;
  /** What was taken, the oldest first. */
  mails: ParsedMail[];
  /** From now on every mail is refused with 451 ("try again"), or taken again. */
  refuse: (refused: boolean) => void;
  /** How many sessions gave a name and a password. */
  sessions: () => { authenticated: number };
  close: () => Promise<void>;
}

/** A real SMTP server on this machine that takes every mail and keeps it, parsed. */
export async function startMailReceiver(): Promise<MailReceiver> {
  const mails: ParsedMail[] = [];
  let refused = false;
  let authenticated = 0;
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    onAuth: ({ username }, _session, done) => {
      authenticated += 1;
      done(null, { user: username });
    },
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData: (stream, _session, done) => {
      simpleParser(stream).then((mail) => {
        if (refused) return done(Object.assign(new Error('Try again later'), { responseCode: 451 }));
        mails.push(mail);
        done();
      }, done);
    },
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    sessions: () => ({ authenticated }),
    refuse: (now) => {
      refused = now;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The link that a mail carries. @throws Error when there is none */
export function linkIn(text: string | undefined): string {
  const link = /https?:\/\/\S+\/link\?token=\S+/.exec(text ?? '')?.[0];
  if (!link) throw new Error(`There is no link in: ${text}`);
  return link;
}

export function tokenIn(text: string | undefined): string {
  return new URL(linkIn(text)).searchParams.get('token') ?? '';
}
