import type { DomainEvent } from '../schemas/domain-events.ts';
import { createFreshness, type Freshness } from './freshness.ts';
import { createInFlightReads } from './in-flight-reads.ts';
import { createKeyCache, type KeyCache } from './keys.ts';
import { createOrganisationCache, type OrganisationCache } from './organisation-cache.ts';
import { createPromptCache, type DeliveredPrompt, type PromptCache } from './prompts.ts';
import type { CachedResponse } from './response-cache.ts';
import { createSetCache, type SetCache } from './sets.ts';
import type { DeliverySource } from './source.ts';

/** The hot path of one process: its caches, and what tells them that something has changed. */
export interface Delivery {
  source: DeliverySource;
  keys: KeyCache;
  sets: SetCache;
  prompts: PromptCache;
  /** Prompts, and what URLs mean: one budget for all organisations. */
  cache: OrganisationCache<DeliveredPrompt | CachedResponse>;
  freshness: Freshness;
  /** Marks what an event names for revalidation. Called by the process that made the change, and by the listener. */
  onEvent: (event: DomainEvent) => void;
  /** Marks everything for revalidation: it is unknown whether a change was committed. */
  revalidateAll(): void;
}

const CACHE_MAX_BYTES = 64 * 1024 * 1024;

export interface DeliveryInput {
  source: DeliverySource;
  apiKeysEnabled: boolean;
  keyCacheMaxSeconds: number;
  /** How many bytes of prompts and responses the process caches. */
  cacheMaxBytes?: number | undefined;
  now: () => Date;
}

export function createDelivery(input: DeliveryInput): Delivery {
  const { source, apiKeysEnabled, keyCacheMaxSeconds: maxAgeSeconds } = input;
  const now = () => input.now().getTime();
  const freshness = createFreshness(now);
  const reads = createInFlightReads();
  const cache: Delivery['cache'] = createOrganisationCache(input.cacheMaxBytes ?? CACHE_MAX_BYTES);
  const keys = createKeyCache({ source, freshness, reads, apiKeysEnabled, maxAgeSeconds, now });
  const sets = createSetCache({ source, freshness, reads });
  const prompts = createPromptCache({ source, sets, cache });

  return {
    ...{ source, keys, sets, prompts, cache, freshness },
    onEvent(event) {
      if (event.kind === 'set') {
        reads.note(event.setId);
        sets.invalidate(event.setId);
      } else {
        reads.note(event.tokenSha256);
        keys.remove(event.tokenSha256);
      }
    },
    revalidateAll: () => freshness.invalidateAll(),
  };
}
