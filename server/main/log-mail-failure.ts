import type { Logger } from 'pino';
import type { MailFailure } from '../jobs/tasks.ts';

/** Writes what an operator needs to find the cause: which mail, how often it was tried, when again, and why it failed. */
export function logMailFailure(log: Logger, failure: MailFailure): void {
  const { kind, outcome, attempt, nextTry, serverWords } = failure;
  log.warn(
    { mail: kind, outcome, attempt, next_try: nextTry?.toISOString() ?? null, server_said: serverWords },
    nextTry ? 'a mail was not sent, and is tried again' : 'a mail was not sent, and is not tried again',
  );
}
