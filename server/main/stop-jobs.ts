import type { Jobs } from '../jobs/jobs.ts';
import type { Mailer } from '../mail/mailer.ts';

/** How long a mail server may take to confirm what it received. The closing of requests and this end before the hard deadline. */
const GRACE_MS = 3_000;

/**
 * Stops the jobs. A mail server may take ten minutes for a mail, so mails that are still being sent after a moment are
 * failed. Their jobs are recorded as failed, and the next start tries them again.
 */
export async function stopJobs(
  jobs: Pick<Jobs, 'stop'>,
  mailer: Mailer | undefined,
  graceMs = GRACE_MS,
): Promise<void> {
  const timer = setTimeout(() => mailer?.close(), graceMs);
  try {
    await jobs.stop();
  } finally {
    clearTimeout(timer);
    mailer?.close();
  }
}
