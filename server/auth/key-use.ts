import { LRUCache } from 'lru-cache';
import type { Database } from '#db/connections.ts';
import { touchApiKey } from './owner-queries.ts';

/** `last_used_at` of a key is written when it is older than this. */
const TOUCH_AFTER_MS = 60_000;
/** Keys whose last use is remembered. One that was forgotten costs a write more. */
const REMEMBERED_MAX = 50_000;

interface UsedKey {
  organisationId: string;
  apiKeyId: string;
}

/**
 * @returns notes that a key was used, at most once a minute, outside the request's path: nobody waits for it, and no
 *   request fails because of it
 */
export function createKeyUseNotes(deps: { database: Database; now: () => Date }): (key: UsedKey) => void {
  const notedAt = new LRUCache<string, number>({ maxSize: REMEMBERED_MAX, sizeCalculation: () => 1 });
  return ({ organisationId, apiKeyId }) => {
    const usedAt = deps.now();
    const at = usedAt.getTime();
    const last = notedAt.get(apiKeyId);
    if (last !== undefined && at - last <= TOUCH_AFTER_MS) return;
    notedAt.set(apiKeyId, at);
    // Another server may have noted it within the minute.
    const staleBefore = new Date(at - TOUCH_AFTER_MS);
    touchApiKey(deps.database, { organisationId, apiKeyId, usedAt, staleBefore }).catch(() => undefined);
  };
}
