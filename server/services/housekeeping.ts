import { acrossOrganisations } from '#db/tenancy.ts';
import { deleteOldLinks } from '../auth/links.ts';
import { clearExpiredSessions } from '../auth/sessions.ts';
import { clearOldAttempts } from '../auth/shared-attempts.ts';
import type { Deps } from './context.ts';
import { clearKeptAnswers } from './idempotency.ts';
import { deleteOldImportParts } from './imports/import-parts.ts';

const NOTES_EVERY_MS = 1_000;
const CLEARING_EVERY_MS = 60 * 60_000;

/**
 * What a process does by itself, beside requests: it writes down noted audit entries each second, and clears away what
 * is over, at the start and each hour. Every server does so; clearing what another has cleared is nothing.
 *
 * @param onError told what failed; it is tried again the next time
 */
export function startHousekeeping(
  deps: Pick<Deps, 'database' | 'secretKeys' | 'auditNotes' | 'now'>,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  const clear = () => clearExpired(deps).catch(onError);
  const timers = [
    setInterval(() => void deps.auditNotes.flush().catch(onError), NOTES_EVERY_MS),
    setInterval(() => void clear(), CLEARING_EVERY_MS),
  ];
  for (const timer of timers) timer.unref();
  const first = clear();
  return {
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await first;
      await deps.auditNotes.flush();
    },
  };
}

/**
 * Clears away what nobody can use any more: sessions and mailed links that are over, answers that were kept for repeats,
 * counts of attempts, parts of files whose import never ended.
 */
export async function clearExpired(deps: Pick<Deps, 'database' | 'secretKeys' | 'now'>): Promise<void> {
  await clearExpiredSessions(deps);
  await acrossOrganisations(deps.database, 'mailed links that are over', () => deleteOldLinks(deps.now()));
  await clearKeptAnswers(deps.database, deps.now());
  await clearOldAttempts(deps.database);
  await deleteOldImportParts(deps.database, deps.now());
}
