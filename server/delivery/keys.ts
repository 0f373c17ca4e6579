import type pg from 'pg';
import { hashApiKeyToken, looksLikeApiKey } from '../auth/api-key-token.ts';
import type { ApiKeyActor } from '../auth/actor.ts';
import { AppError, toAppError } from '../errors.ts';
import { isFresh, type Freshness } from './freshness.ts';
import type { KnownAnswer } from './known-answers.ts';
import { createSingleFlight } from './single-flight.ts';
import { selectKey } from './sql.ts';

/** An API key as every door knows it. */
export interface CachedKey {
  actor: ApiKeyActor;
  tokenSha256: string;
  /** Milliseconds since 1970; `undefined`: never. */
  expiresAt: number | undefined;
  verifiedAt: number;
  /** False once it was revoked or dropped: whoever still holds it asks again. */
  valid: boolean;
  /** What this key was answered, by the request's very URL. */
  answers: Map<string, KnownAnswer>;
}

export interface KeyCache {
  /** A key that is known and current, without asking anybody; else `undefined`. */
  peek(token: string): CachedKey | undefined;
  /** @throws AppError UNAUTHORIZED · FORBIDDEN `api_keys_disabled` · SERVICE_UNAVAILABLE when nobody can tell */
  find(token: string): Promise<CachedKey>;
  drop(tokenSha256: string): void;
}

/** How many keys are remembered; more than that are read again. */
const KEYS_MAX = 10_000;

/** The API keys that this process knows: the one place that REST, tRPC and the hot path ask. */
export function createKeyCache(input: {
  pool: pg.Pool;
  freshness: Freshness;
  apiKeysEnabled: boolean;
  /** How long a key is honoured while the database can't be asked. */
  maxAgeSeconds: number;
  now: () => number;
}): KeyCache {
  const { pool, freshness, now } = input;
  const byToken = new Map<string, CachedKey>();
  const byHash = new Map<string, string>();
  const once = createSingleFlight();

  function peek(token: string): CachedKey | undefined {
    const key = byToken.get(token);
    if (!key?.valid) return undefined;
    const at = now();
    if (key.expiresAt !== undefined && key.expiresAt <= at) return undefined;
    return isFresh(freshness, key.verifiedAt, at) ? key : undefined;
  }

  async function find(token: string): Promise<CachedKey> {
    if (!looksLikeApiKey(token)) {
      throw wrongKey(
        'This is no API key, or a part of it is missing or mistyped: its checksum does not fit.',
      );
    }
    if (!input.apiKeysEnabled) {
      throw new AppError('FORBIDDEN', 'API keys are switched off on this instance.', {
        reason: 'api_keys_disabled',
      });
    }
    const current = peek(token);
    if (current) return allowed(current);
    // Nobody who asks after a revocation joins a look-up that began before it.
    return allowed(await once(`${freshness.epoch}/${token}`, () => read(token)));
  }

  async function read(token: string): Promise<CachedKey> {
    const tokenSha256 = hashApiKeyToken(token);
    const startedAt = now();
    const { epoch } = freshness;
    const row = await selectKey(pool, tokenSha256).catch((error: unknown) => {
      const known = byToken.get(token);
      const away = toAppError(error).code === 'SERVICE_UNAVAILABLE';
      if (away && known?.valid && startedAt - known.verifiedAt <= input.maxAgeSeconds * 1_000) return known;
      throw error;
    });
    if (row && 'actor' in row) return row;
    if (!row || row.revoked_at) {
      drop(tokenSha256);
      throw wrongKey(
        row?.revoked_at
          ? `This API key was revoked on ${day(row.revoked_at)}.`
          : 'There is no such API key. It may be one of another instance.',
      );
    }
    const key: CachedKey = {
      actor: {
        kind: 'apiKey',
        apiKeyId: row.id,
        name: row.name,
        organisationId: row.organisation_id,
        organisationSlug: row.organisation_slug,
        scopes: row.scopes,
        projectIds: row.project_ids,
      },
      tokenSha256,
      expiresAt: row.expires_at?.getTime(),
      verifiedAt: startedAt,
      valid: true,
      answers: new Map(),
    };
    drop(tokenSha256);
    if (freshness.epoch !== epoch) return key;
    if (byToken.size >= KEYS_MAX) clear();
    byToken.set(token, key);
    byHash.set(tokenSha256, token);
    return key;
  }

  function allowed(key: CachedKey): CachedKey {
    if (key.expiresAt !== undefined && key.expiresAt <= now()) {
      throw wrongKey(`This API key expired on ${day(new Date(key.expiresAt))}.`);
    }
    return key;
  }

  function drop(tokenSha256: string): void {
    const token = byHash.get(tokenSha256);
    if (token === undefined) return;
    const key = byToken.get(token);
    if (key) key.valid = false;
    byToken.delete(token);
    byHash.delete(tokenSha256);
  }

  function clear(): void {
    for (const key of byToken.values()) key.valid = false;
    byToken.clear();
    byHash.clear();
  }

  return { peek, find, drop };
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function wrongKey(message: string): AppError {
  return new AppError('UNAUTHORIZED', message, { reason: 'api_key.invalid' });
}
