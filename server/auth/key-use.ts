import type { Database } from '#db/connections.ts';
import { touchApiKey } from './owner-queries.ts';

/** `last_used_at` of a key is written when it is older than this. */
const TOUCH_AFTER_MS = 60_000;
/** Keys whose last use is remembered; past that they are forgotten together, which costs one write each. */
const REMEMBERED_MAX = 10_000;

interface UsedKey {
  organisationId: string;
  apiKeyId: string;
}

/**
 * Notes that a key was used, at most once a minute, outside the request's path: nobody waits for it, and no request
 * fails because of it.
 *
 * @param lastUsedAt as the database says
 */
export function noteKeyUse(database: Database, key: UsedKey, lastUsedAt: Date | null, now: Date): void {
  const staleBefore = new Date(now.getTime() - TOUCH_AFTER_MS);
  if (lastUsedAt && lastUsedAt >= staleBefore) return;
  touchApiKey(database, { ...key, usedAt: now, staleBefore }).catch(() => undefined);
}

/** @returns the same for whoever holds keys in memory and does not read their last use: remembers it by itself */
export function createKeyUseNotes(deps: { database: Database; now: () => Date }): (key: UsedKey) => void {
  const notedAt = new Map<string, Date>();
  return (key) => {
    const now = deps.now();
    const last = notedAt.get(key.apiKeyId);
    if (last && now.getTime() - last.getTime() < TOUCH_AFTER_MS) return;
    if (notedAt.size >= REMEMBERED_MAX) notedAt.clear();
    notedAt.set(key.apiKeyId, now);
    noteKeyUse(deps.database, key, null, now);
  };
}
