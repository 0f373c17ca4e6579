import { MailError, type Mailer, type MailOutcome } from './mailer.ts';

/** A mailer that remembers how its newest mail ended. */
export interface ObservedMailer extends Mailer {
  /** The problem of the transport; undefined while it works. It is public, so it has no words of the mail server. */
  problem(): string | undefined;
}

/** A refused mail shows that the transport works. */
const PROBLEMS: Record<MailOutcome, string | undefined> = {
  refused: undefined,
  misconfigured: 'The mail server refuses the configuration of SMTP_* or RESEND_API_KEY.',
  unavailable: 'The mail server can’t be reached, or doesn’t accept mail now.',
  unknown: 'The mail server didn’t confirm the newest mail.',
};

/** @param onEnd told of each attempt */
export function observeMailer(mailer: Mailer, onEnd: (outcome: 'sent' | 'failed') => void): ObservedMailer {
  let problem: string | undefined;
  return {
    send: async (message) => {
      try {
        await mailer.send(message);
      } catch (error) {
        problem = PROBLEMS[error instanceof MailError ? error.outcome : 'unknown'];
        onEnd('failed');
        throw error;
      }
      problem = undefined;
      onEnd('sent');
    },
    close: () => mailer.close(),
    problem: () => problem,
  };
}
