import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { Readable } from 'node:stream';
import { MailError, type Mailer, type Message } from './mailer.ts';
import { smtpFailure } from './smtp-failure.ts';

export interface SmtpInput {
  host: string;
  port: number;
  username: string | undefined;
  password: string | undefined;
  /** `noreply@anvil.example.com` or `Anvil <noreply@…>` */
  from: string;
  /** The server is on this machine, so its certificate has no name that could be verified. */
  local: boolean;
  /** `required`: no mail crosses the network unencrypted. */
  tls: 'required' | 'optional';
}

/** The least that a client has to wait, from RFC 5321, 4.5.3.2: 5 minutes for most replies, 10 after the mail's last dot. */
export const SMTP_TIMEOUTS = { connectMs: 60_000, greetingMs: 300_000, replyMs: 600_000 };
/** Where encryption begins with the first byte; at all other ports by STARTTLS. */
const SMTPS_PORT = 465;

/** Sends each mail by a connection of its own. A password never crosses a network unencrypted. */
export function createSmtpMailer(input: SmtpInput, timeouts = SMTP_TIMEOUTS): Mailer {
  const { host, port, username, password, from, local, tls } = input;
  const credentials = username === undefined ? undefined : { user: username, pass: password ?? '' };
  const domain = /@([^@>\s]+)>?\s*$/.exec(from)?.[1] ?? host;
  /** Each fails one mail that is being sent. */
  const sending = new Set<(reason: Error) => void>();
  let isClosed = false;

  const connect = () =>
    new SMTPConnection({
      ...{ host, port, secure: port === SMTPS_PORT },
      requireTLS: tls === 'required' || (credentials !== undefined && !local),
      tls: { rejectUnauthorized: !local },
      connectionTimeout: timeouts.connectMs,
      greetingTimeout: timeouts.greetingMs,
      socketTimeout: timeouts.replyMs,
    });

  return {
    send: async (message) => {
      const mail = compose(message, { from, domain });
      const bytes = await mail.build();
      if (isClosed) throw new MailError('unavailable', 'Anvil is stopping and sends no mail');
      const { from: sender, to: recipients } = mail.getEnvelope();
      let isHandedOver = false;
      // Only read once the server has agreed to take the mail.
      const body = new Readable({
        read() {
          isHandedOver = true;
          this.push(bytes);
          this.push(null);
        },
      });
      const connection = connect();
      let abort: (reason: Error) => void = () => undefined;
      try {
        await new Promise<void>((done, fail) => {
          abort = fail;
          sending.add(abort);
          connection.once('error', fail);
          connection.once('end', () => fail(new Error('Connection closed')));
          const send = () =>
            connection.send({ from: sender, to: recipients }, body, (error) =>
              error ? fail(error) : done(),
            );
          connection.connect((error) => {
            if (error) return fail(error);
            if (!credentials) return send();
            connection.login({ credentials }, (refused) => (refused ? fail(refused) : send()));
          });
        });
      } catch (error) {
        throw smtpFailure(error, { isHandedOver, recipient: message.to });
      } finally {
        sending.delete(abort);
        // The mail is decided: what the connection says afterwards changes nothing.
        connection.on('error', () => undefined);
        connection.quit();
        connection.close();
      }
    },
    // Not by the connections, which wait for a server that doesn't answer.
    close: () => {
      isClosed = true;
      for (const abort of sending) abort(new Error('Anvil stopped while the mail was sent'));
    },
  };
}

function compose(message: Message, { from, domain }: { from: string; domain: string }) {
  const { id, to, subject, html, text } = message;
  // Programs that answer by themselves (out of office) leave such a mail alone (RFC 3834).
  const headers = { 'Auto-Submitted': 'auto-generated' };
  return new MailComposer({
    from,
    to,
    subject,
    html,
    text,
    headers,
    messageId: `<${id}@${domain}>`,
  }).compile();
}
