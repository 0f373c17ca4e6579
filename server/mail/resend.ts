import { setTimeout as sleep } from 'node:timers/promises';
import { Resend } from 'resend';
import { MailError, withoutSecrets, type Mailer, type MailOutcome } from './mailer.ts';

export interface ResendInput {
  apiKey: string;
  /** Another address of the same interface, such as a receiver of tests. */
  baseUrl: string | undefined;
  from: string;
}

const TIMEOUT_MS = 30_000;

/**
 * Sends by Resend (https://resend.com/docs). Resend sends one mail per idempotency key within 24 hours, so an attempt
 * without an answer can be repeated safely: its outcome is `unavailable`, never `unknown`.
 */
export function createResendMailer({ apiKey, baseUrl, from }: ResendInput): Mailer {
  const resend = new Resend(apiKey, { baseUrl });
  const closing = new AbortController();
  return {
    send: async ({ id, to, subject, html, text }) => {
      const headers = { 'Auto-Submitted': 'auto-generated' };
      const done = new AbortController();
      const waiting = AbortSignal.any([done.signal, closing.signal]);
      const sent = resend.emails.send({ from, to, subject, html, text, headers }, { idempotencyKey: id });
      const late = sleep(TIMEOUT_MS, undefined, { signal: waiting, ref: false }).catch(() => undefined);
      const answer = await Promise.race([sent, late]).finally(() => done.abort());
      if (!answer) {
        const until = closing.signal.aborted ? 'before Anvil stopped' : `within ${TIMEOUT_MS / 1_000} s`;
        throw new MailError('unavailable', `Resend did not answer ${until}`);
      }
      // The library returns errors and never throws them.
      if (!answer.error) return;
      const { name, statusCode, message } = answer.error;
      const what = `Resend did not accept a mail (${[name, statusCode].filter(Boolean).join(' ')})`;
      throw new MailError(outcomeOf(statusCode), what, withoutSecrets(message, to));
    },
    close: () => closing.abort(),
  };
}

/** https://resend.com/docs/api-reference/errors */
function outcomeOf(status: number | null): MailOutcome {
  if (status === 400 || status === 422) return 'refused';
  return status !== null && [401, 403, 404, 405].includes(status) ? 'misconfigured' : 'unavailable';
}
