import { LRUCache } from 'lru-cache';
import type { ApiKeyActor } from '../auth/actor.ts';
import { hashApiKeyToken, looksLikeApiKey } from '../auth/api-key-token.ts';
import { scopesAllow } from '../auth/permissions.ts';
import { AppError } from '../errors.ts';
import type { Freshness, Validity } from './freshness.ts';
import type { InFlightReads } from './in-flight-reads.ts';
import { createSingleFlight } from './single-flight.ts';
import type { DeliverySource } from './source.ts';
import type { KeyRow } from './sql.ts';
import { databaseUnavailable, isUnavailable } from './unavailable.ts';

/** An API key as REST, tRPC and delivery know it. */
export interface CachedKey {
  actor: ApiKeyActor;
  /** Asked on the fast path, so it is computed once. */
  canReadPrompts: boolean;
  tokenSha256: string;
  /** Milliseconds since 1970; `undefined`: never. */
  expiresAt: number | undefined;
  validity: Validity;
}

export interface FoundKey {
  key: CachedKey;
  /** When the database last confirmed the key, in milliseconds since 1970, if it can't be asked now. */
  verifiedAt: number | undefined;
}

export interface KeyCache {
  /** Returns a key that is known and current, without asking the database; else `undefined`. */
  peek(token: string): CachedKey | undefined;
  /** @throws AppError UNAUTHORIZED `api_key.invalid` · FORBIDDEN `api_keys_disabled` · SERVICE_UNAVAILABLE when it can't be told */
  find(token: string): Promise<FoundKey>;
  /** Removes the key at once: access that was taken away must not come back during an outage. */
  remove(tokenSha256: string): void;
}

const KEYS_MAX_BYTES = 16 * 1024 * 1024;
/** An entry without its scopes and projects: actor, hashes, token and the cache's own records. */
const KEY_BYTES = 1_000;
const PROJECT_ID_BYTES = 60;

/** The API keys that this process knows: the one place that REST, tRPC and delivery ask. */
export function createKeyCache(input: {
  source: DeliverySource;
  freshness: Freshness;
  reads: InFlightReads;
  apiKeysEnabled: boolean;
  /** How long a key is honoured after the database last confirmed it, while the database can't be asked. */
  maxAgeSeconds: number;
  now: () => number;
}): KeyCache {
  const { source, freshness, reads, now } = input;
  const tokenByHash = new Map<string, string>();
  const byToken = new LRUCache<string, CachedKey>({
    maxSize: KEYS_MAX_BYTES,
    sizeCalculation: ({ actor }) => KEY_BYTES + (actor.projectIds?.length ?? 0) * PROJECT_ID_BYTES,
    dispose: (key) => {
      key.validity.isCurrent = false;
      tokenByHash.delete(key.tokenSha256);
    },
  });
  const once = createSingleFlight();

  function peek(token: string): CachedKey | undefined {
    const key = byToken.get(token);
    if (!key || !freshness.isFresh(key.validity) || isExpired(key)) return undefined;
    return key;
  }

  async function find(token: string): Promise<FoundKey> {
    if (!looksLikeApiKey(token)) {
      throw invalidKey("Invalid API key: the checksum doesn't match. Check that the whole key was copied.");
    }
    if (!input.apiKeysEnabled) {
      throw new AppError('FORBIDDEN', 'API keys are switched off on this instance.', {
        reason: 'api_keys_disabled',
      });
    }
    const current = peek(token);
    if (current) return { key: current, verifiedAt: undefined };
    try {
      // A lookup that begins after a revocation must not join a read that began before it.
      const key = await once(`${reads.epoch}/${token}`, () => read(token));
      return { key: notExpired(key), verifiedAt: undefined };
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return honour(token, error);
    }
  }

  /** The database can't be asked: a known key is honoured for a limited time. */
  function honour(token: string, cause: unknown): FoundKey {
    const known = byToken.get(token);
    if (!known) throw databaseUnavailable(cause);
    const verifiedAt = freshness.confirmedAt(known.validity);
    if (now() - verifiedAt > input.maxAgeSeconds * 1_000) throw databaseUnavailable(cause);
    return { key: notExpired(known), verifiedAt };
  }

  async function read(token: string): Promise<CachedKey> {
    const tokenSha256 = hashApiKeyToken(token);
    const validity = freshness.startRead();
    const reading = reads.begin();
    try {
      const row = await source.selectKey(tokenSha256);
      if (!row || row.revoked_at) {
        remove(tokenSha256);
        throw refusal(row);
      }
      const key = cachedKey(row, tokenSha256, validity);
      // It may be older than the event: it answers this request, and isn't kept.
      if (reading.hasHeardOf(tokenSha256)) return key;
      remove(tokenSha256);
      byToken.set(token, key);
      tokenByHash.set(tokenSha256, token);
      return key;
    } finally {
      reading.end();
    }
  }

  function isExpired({ expiresAt }: CachedKey): boolean {
    return expiresAt !== undefined && expiresAt <= now();
  }

  function notExpired(key: CachedKey): CachedKey {
    if (isExpired(key)) throw invalidKey(`This API key expired on ${day(new Date(key.expiresAt ?? 0))}.`);
    return key;
  }

  function remove(tokenSha256: string): void {
    const token = tokenByHash.get(tokenSha256);
    if (token !== undefined) byToken.delete(token);
  }

  return { peek, find, remove };
}

function cachedKey(row: KeyRow, tokenSha256: string, validity: Validity): CachedKey {
  return {
    actor: {
      kind: 'apiKey',
      apiKeyId: row.id,
      name: row.name,
      organisationId: row.organisation_id,
      organisationSlug: row.organisation_slug,
      scopes: row.scopes,
      projectIds: row.project_ids,
    },
    canReadPrompts: scopesAllow(row.scopes, 'prompts.read'),
    tokenSha256,
    expiresAt: row.expires_at?.getTime(),
    validity,
  };
}

function refusal(row: KeyRow | undefined): AppError {
  return invalidKey(
    row?.revoked_at
      ? `This API key was revoked on ${day(row.revoked_at)}.`
      : 'There is no such API key. It may belong to another instance.',
  );
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function invalidKey(message: string): AppError {
  return new AppError('UNAUTHORIZED', message, { reason: 'api_key.invalid' });
}
