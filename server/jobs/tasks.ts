import { MailError, type Mailer } from '../mail/mailer.ts';
import { linkMessage } from '../mail/link-message.tsx';
import type { Deps } from '../services/context.ts';
import { makeLinkMail } from '../services/link-mails.ts';
import type { TaskName } from './enqueue.ts';

export interface TaskDeps extends Pick<Deps, 'database' | 'secretKeys' | 'settings' | 'now'> {
  /** None: jobs that need one stay and are tried again. */
  mailer: Mailer | undefined;
}

/** What a task does with the id that its job carries. It may be done more than once. @throws to be tried again */
export type Tasks = Record<TaskName, (subjectId: string) => Promise<void>>;

/** @returns every task; each calls a service or sends a mail */
export function createTasks(deps: TaskDeps): Tasks {
  return {
    mail_link: async (linkId) => {
      if (!deps.mailer) throw new MailError('No way to send mails is configured');
      const mail = await makeLinkMail(deps, linkId);
      if (!mail) return;
      await deps.mailer.send(linkMessage({ ...mail, baseUrl: deps.settings.baseUrl }));
    },
  };
}
