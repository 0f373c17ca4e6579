import { setTimeout as sleep } from 'node:timers/promises';
import { Resend } from 'resend';
import { MailError, type Mailer } from './mailer.ts';

export interface ResendInput {
  apiKey: string;
  /** Another address of the same interface, such as a receiver of tests. */
  baseUrl: string | undefined;
  from: string;
}

const TIMEOUT_MS = 30_000;

/** Sends by Resend (https://resend.com/docs), which sends one mail for one idempotency key within 24 hours. */
export function createResendMailer({ apiKey, baseUrl, from }: ResendInput): Mailer {
  const resend = new Resend(apiKey, { baseUrl });
  return {
    send: async ({ id, to, subject, html, text }) => {
      const headers = { 'Auto-Submitted': 'auto-generated' };
      const done = new AbortController();
      const sent = resend.emails.send({ from, to, subject, html, text, headers }, { idempotencyKey: id });
      const late = sleep(TIMEOUT_MS, undefined, { signal: done.signal, ref: false }).catch(() => undefined);
      const answer = await Promise.race([sent, late]).finally(() => done.abort());
      // It never throws: what went wrong stands in the answer.
      if (!answer) throw new MailError(`Resend did not answer within ${TIMEOUT_MS / 1_000} s`);
      if (answer.error) {
        const { name, statusCode } = answer.error;
        throw new MailError(`Resend did not take a mail (${name} ${statusCode ?? ''})`);
      }
    },
    close: () => undefined,
  };
}
