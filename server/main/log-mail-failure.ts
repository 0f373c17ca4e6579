import type { Logger } from 'pino';
import type { MailFailure } from '../jobs/tasks.ts';

/** Writes what an operator needs to find the cause: which mail, how often it was tried, when again, and why it failed. */
export function logMailFailure(log: Logger, failure: MailFailure): void {
  const { kind, outcome, attempt, nextTry, serverWords } = failure;
  const what = outcome === 'unknown' ? 'a mail may not have been sent' : 'a mail was not sent';
  log.warn(
    { mail: kind, outcome, attempt, next_try: nextTry?.toISOString() ?? null, server_said: serverWords },
    `${what}, and is ${nextTry ? 'tried again' : 'not tried again'}`,
  );
}
