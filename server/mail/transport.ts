import type { Mailer } from './mailer.ts';
import type { ResendInput } from './resend.ts';
import type { SmtpInput } from './smtp.ts';

export type TransportInput = ({ kind: 'resend' } & ResendInput) | ({ kind: 'smtp' } & SmtpInput);

/**
 * Loads the library of the one way that is configured.
 *
 * @returns that way to send mails; it connects when there is something to send
 */
export async function createTransport(input: TransportInput): Promise<Mailer> {
  if (input.kind === 'resend') return (await import('./resend.ts')).createResendMailer(input);
  return (await import('./smtp.ts')).createSmtpMailer(input);
}
