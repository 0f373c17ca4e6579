import { LRUCache } from 'lru-cache';

/**
 * A cache with one budget of bytes that organisations share. When it is full, the organisation that uses most loses its least
 * recently used entry, so that an organisation can't push out the entries of others.
 */
export interface OrganisationCache<V extends object> {
  get(organisationId: string, key: string): V | undefined;
  set(organisationId: string, key: string, value: V, bytes: number): void;
  /** Bytes in use. */
  size(): number;
}

/** The size of one organisation's records beside its entries. */
const ORGANISATION_BYTES = 4_000;

/** @param maxBytes the budget of all organisations. An entry that is larger isn't kept. */
export function createOrganisationCache<V extends object>(maxBytes: number): OrganisationCache<V> {
  const caches = new Map<string, LRUCache<string, V>>();
  let used = 0;

  function evictFromLargest(): void {
    let largest: [string, LRUCache<string, V>] | undefined;
    for (const entry of caches) {
      if (!largest || entry[1].calculatedSize > largest[1].calculatedSize) largest = entry;
    }
    if (!largest) return;
    const [organisationId, cache] = largest;
    const before = cache.calculatedSize;
    cache.pop();
    used -= before - cache.calculatedSize;
    if (cache.size === 0) {
      caches.delete(organisationId);
      used -= ORGANISATION_BYTES;
    }
  }

  function cacheOf(organisationId: string): LRUCache<string, V> {
    const known = caches.get(organisationId);
    if (known) return known;
    const cache = new LRUCache<string, V>({ maxSize: maxBytes });
    caches.set(organisationId, cache);
    used += ORGANISATION_BYTES;
    return cache;
  }

  return {
    get: (organisationId, key) => caches.get(organisationId)?.get(key),
    set(organisationId, key, value, bytes) {
      if (bytes + ORGANISATION_BYTES > maxBytes) return;
      const cache = cacheOf(organisationId);
      const before = cache.calculatedSize;
      cache.set(key, value, { size: bytes });
      used += cache.calculatedSize - before;
      while (used > maxBytes) evictFromLargest();
    },
    size: () => used,
  };
}
