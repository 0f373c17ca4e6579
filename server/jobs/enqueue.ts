import { currentTransaction } from '#db/tenancy.ts';

/** Every task by its name; what each does stands in tasks.ts. */
export type TaskName = 'mail_link';

/**
 * Adds a job to the transaction that is running: it is there exactly when the work is. It carries the id of what it is
 * about and nothing else, and it notifies (a lock at commit), so never on a hot write.
 *
 * @param subjectId such as the id of a link
 */
export async function enqueue(task: TaskName, subjectId: string): Promise<void> {
  await currentTransaction().raw('select enqueue(?, ?)', [task, subjectId]);
}
