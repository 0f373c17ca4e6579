import { createTransport } from 'nodemailer';
import { MailError, type Mailer } from './mailer.ts';

export interface SmtpInput {
  host: string;
  port: number;
  username: string | undefined;
  password: string | undefined;
  /** `noreply@anvil.example.com` or `Anvil <noreply@…>` */
  from: string;
  /** The server is on this machine: nobody is in between, and its certificate has no name that could be right. */
  local: boolean;
}

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 20_000;
/** Where encryption begins with the first byte; at all other ports by STARTTLS. */
const SMTPS_PORT = 465;

/** Sends by an SMTP server. A password never crosses a network unencrypted. */
export function createSmtpMailer(input: SmtpInput): Mailer {
  const { host, port, username, password, from, local } = input;
  const auth = username === undefined ? undefined : { user: username, pass: password ?? '' };
  const transport = createTransport({
    ...{ host, port, auth, secure: port === SMTPS_PORT },
    requireTLS: auth !== undefined && !local,
    tls: { rejectUnauthorized: !local },
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: IDLE_TIMEOUT_MS,
  });
  const domain = /@([^@>\s]+)>?\s*$/.exec(from)?.[1] ?? host;
  return {
    send: async ({ id, to, subject, html, text }) => {
      try {
        // Programs that answer by themselves (out of office) leave such a mail alone (RFC 3834).
        const headers = { 'Auto-Submitted': 'auto-generated' };
        await transport.sendMail({ from, to, subject, html, text, headers, messageId: `<${id}@${domain}>` });
      } catch (error) {
        throw new MailError(`The SMTP server did not take a mail (${reasonOf(error)})`);
      }
    },
    close: () => transport.close(),
  };
}

/** Codes alone: what a server says in words may hold the address. */
function reasonOf(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const codes = [code, responseCode].filter((part) => typeof part === 'string' || typeof part === 'number');
  return codes.length > 0 ? codes.join(' ') : 'no reason given';
}
