import type { Mailer } from './mailer.ts';
import { createResendMailer, type ResendInput } from './resend.ts';
import { createSmtpMailer, type SmtpInput } from './smtp.ts';

export type TransportInput = ({ kind: 'resend' } & ResendInput) | ({ kind: 'smtp' } & SmtpInput);

/** @returns the way to send mails that is configured; it connects when there is something to send */
export function createTransport(input: TransportInput): Mailer {
  return input.kind === 'resend' ? createResendMailer(input) : createSmtpMailer(input);
}
