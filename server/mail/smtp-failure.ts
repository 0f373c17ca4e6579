import { MailError, withoutSecrets, type MailOutcome } from './mailer.ts';

/** The replies that refuse how the client signs in or encrypts (RFC 4954, RFC 3207). */
const AUTHENTICATION_REPLIES = [530, 534, 535, 538];
const TLS_PROBLEM = /certificate|self.signed|altnames|STARTTLS|\b(?:TLS|SSL)\b/i;
/** The server doesn't send mails to others for this client, whoever the recipient is. */
const RELAY_REFUSED = /\brelay/i;

interface SmtpError {
  code?: unknown;
  /** Of the reply, such as 550. */
  responseCode?: unknown;
  response?: unknown;
  /** The command that the reply belongs to. */
  command?: unknown;
  message?: unknown;
}

/**
 * Turns an error of nodemailer into what is known of the mail.
 *
 * @param isHandedOver whether the server may have the whole mail
 */
export function smtpFailure(
  thrown: unknown,
  { isHandedOver, recipient }: { isHandedOver: boolean; recipient: string },
): MailError {
  const error = thrown as SmtpError;
  const said = textOf(error.response) || textOf(error.message);
  const outcome = outcomeOf(error, said, isHandedOver);
  return new MailError(outcome, MESSAGES[outcome], withoutSecrets(said, recipient));
}

const MESSAGES: Record<MailOutcome, string> = {
  refused: 'The SMTP server refused a mail',
  misconfigured: 'The SMTP server refused the configuration',
  unavailable: 'The SMTP server did not accept a mail',
  unknown: 'The SMTP server did not confirm a mail',
};

function outcomeOf(error: SmtpError, said: string, isHandedOver: boolean): MailOutcome {
  const { code, command } = error;
  const reply = typeof error.responseCode === 'number' ? error.responseCode : undefined;
  if (reply === undefined) {
    if (isHandedOver) return 'unknown';
    if (code === 'EENVELOPE') return 'refused';
    return code === 'EAUTH' || code === 'ETLS' || TLS_PROBLEM.test(said) ? 'misconfigured' : 'unavailable';
  }
  if (reply < 500) return 'unavailable';
  if (AUTHENTICATION_REPLIES.includes(reply) || code === 'EAUTH' || code === 'ETLS') return 'misconfigured';
  const isOfMail = command === 'RCPT TO' || command === 'DATA';
  return isOfMail && !RELAY_REFUSED.test(said) ? 'refused' : 'misconfigured';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
