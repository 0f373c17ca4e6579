import { Logger, runOnce, type JobHelpers } from 'graphile-worker';
import { attemptOf } from '#server/jobs/jobs.ts';
import { createTasks, type MailFailure } from '#server/jobs/tasks.ts';
import { createInbox, type Inbox } from '#server/mail/inbox.ts';
import type { Mailer } from '#server/mail/mailer.ts';
import type { Deps } from '#server/services/context.ts';

export interface TestJobs {
  inbox: Inbox;
  /** Runs every job that is due, once. @returns what went wrong, as the log would say */
  run: () => Promise<string[]>;
}

/** The jobs of a test's database, run when the test says so; mails go to an inbox in memory unless told otherwise. */
export function testJobs(
  deps: Deps,
  mailer?: Mailer,
  onMailFailure?: (failure: MailFailure) => void,
): TestJobs {
  const inbox = createInbox(deps.now);
  const tasks = createTasks({ ...deps, mailer: mailer ?? inbox, onMailFailure });
  return {
    inbox,
    run: async () => {
      const failures: string[] = [];
      const taskList = Object.fromEntries(
        Object.entries(tasks).map(([name, task]) => [
          name,
          async (payload: unknown, { job }: JobHelpers) => {
            await task((payload as { id: string }).id, attemptOf(job)).catch((error: unknown) => {
              failures.push((error as Error).message);
              throw error;
            });
          },
        ]),
      );
      const logger = new Logger(() => () => undefined);
      await runOnce({ connectionString: deps.database.directUrl, taskList, logger, noHandleSignals: true });
      return failures;
    },
  };
}
