import type { Database } from '#db/connections.ts';
import type { DomainEvent } from '../schemas/domain-events.ts';
import { createFreshness, type Freshness } from './freshness.ts';
import { createKeyCache, type KeyCache } from './keys.ts';
import { startListener, type Listener } from './listener.ts';
import { createPromptCache, type PromptCache } from './prompts.ts';
import { createSetCache, type SetCache } from './sets.ts';

/** The hot path of one process: its caches, and what drops from them what has moved. */
export interface Delivery {
  keys: KeyCache;
  sets: SetCache;
  prompts: PromptCache;
  freshness: Freshness;
  /** Takes what an event speaks of out of the caches. Called by the process that made the change, and by the listener. */
  onEvent(event: DomainEvent): void;
  /** Begins to hear what other processes change. Until then everything is read again each second. */
  listen(onError: (error: Error) => void): Listener;
}

const ANSWERS_MAX_BYTES = 64 * 1024 * 1024;

/** @param input.answersMaxBytes how many bytes of answers the process holds */
export function createDelivery(input: {
  database: Database;
  apiKeysEnabled: boolean;
  keyCacheMaxSeconds: number;
  answersMaxBytes?: number | undefined;
  now: () => Date;
}): Delivery {
  const { database, answersMaxBytes = ANSWERS_MAX_BYTES } = input;
  const now = () => input.now().getTime();
  const freshness = createFreshness();
  const shared = { pool: database.delivery, freshness, now };
  const keys = createKeyCache({
    ...shared,
    apiKeysEnabled: input.apiKeysEnabled,
    maxAgeSeconds: input.keyCacheMaxSeconds,
  });
  const sets = createSetCache(shared);
  const prompts = createPromptCache({ pool: database.delivery, sets, maxBytes: answersMaxBytes });

  function onEvent(event: DomainEvent): void {
    freshness.epoch++;
    if (event.kind === 'set') sets.drop(event.setId);
    else keys.drop(event.tokenSha256);
  }

  return {
    keys,
    sets,
    prompts,
    freshness,
    onEvent,
    listen: (onError) => startListener({ url: database.directUrl, freshness, onEvent, onError, now }),
  };
}
