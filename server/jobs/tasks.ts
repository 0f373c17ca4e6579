import { linkMessage } from '../mail/link-message.tsx';
import { MailError, type Mailer, type MailOutcome } from '../mail/mailer.ts';
import type { Deps } from '../services/context.ts';
import { makeLinkMail, takeBackSend, type LinkMail } from '../services/link-mails.ts';
import type { TaskName } from './enqueue.ts';

/** A failed mail as the operator sees it, without address and link. */
export interface MailFailure {
  kind: LinkMail['kind'];
  outcome: MailOutcome;
  attempt: number;
  /** Undefined: it isn't tried again. */
  nextTry: Date | undefined;
  serverWords: string;
}

export interface TaskDeps extends Pick<Deps, 'database' | 'secretKeys' | 'settings' | 'now'> {
  /** None: jobs that need one stay and are tried again. */
  mailer: Mailer | undefined;
  onMailFailure?: ((failure: MailFailure) => void) | undefined;
}

/** Of a job, while its task runs. */
export interface Attempt {
  /** 1 for the first one. */
  attempt: number;
  /** After how long the job is tried again if the task throws; undefined: it isn't. */
  retryInMs: number | undefined;
}

/** What a task does with the id that its job carries. It may be done more than once. @throws to be tried again */
export type Tasks = Record<TaskName, (subjectId: string, attempt: Attempt) => Promise<void>>;

/** @returns every task; each calls a service or sends a mail */
export function createTasks(deps: TaskDeps): Tasks {
  return {
    mail_link: async (linkId, { attempt, retryInMs }) => {
      if (!deps.mailer) throw new MailError('unavailable', 'No mail transport is configured');
      const mail = await makeLinkMail(deps, linkId);
      if (!mail) return;
      try {
        await deps.mailer.send(linkMessage({ ...mail, baseUrl: deps.settings.baseUrl }));
      } catch (error) {
        if (!(error instanceof MailError)) throw error;
        const { outcome, serverWords = error.message } = error;
        if (outcome !== 'unknown') await takeBackSend(deps, linkId);
        const retryAt = retryInMs === undefined ? undefined : new Date(deps.now().getTime() + retryInMs);
        const isUseful = retryAt !== undefined && retryAt < mail.expiresAt;
        const nextTry = isUseful && mayTryAgain(outcome, mail) ? retryAt : undefined;
        deps.onMailFailure?.({ kind: mail.kind, outcome, attempt, nextTry, serverWords });
        if (nextTry) throw error;
      }
    },
  };
}

function mayTryAgain(outcome: MailOutcome, { mayRepeat }: LinkMail): boolean {
  if (outcome === 'unknown') return mayRepeat;
  return outcome !== 'refused';
}
