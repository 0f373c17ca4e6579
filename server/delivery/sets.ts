import type pg from 'pg';
import type { Address } from '@anvil/core/address';
import { pickVersion } from '@anvil/core/version';
import type { Access } from '../auth/authorize.ts';
import { AppError, toAppError } from '../errors.ts';
import { isFresh, type Freshness } from './freshness.ts';
import { createSingleFlight } from './single-flight.ts';
import { selectSet, type SetRow } from './sql.ts';

/** A version as far as choosing one needs it. */
export interface CachedVersion {
  ordinal: number;
  number: string;
  yanked: false;
}

/** A prompt set as the hot path knows it: what its selectors mean. */
export interface CachedSet {
  organisationId: string;
  id: string;
  projectId: string;
  /** `project/set` */
  address: string;
  versions: CachedVersion[];
  labels: ReadonlyMap<string, number>;
  verifiedAt: number;
  /** False once it was dropped: whoever still holds it asks again. */
  valid: boolean;
}

/** A content that came along with a set. */
export interface FoundContent {
  slug: string;
  /** It stands in every version from this ordinal … */
  fromOrdinal: number;
  /** … up to this one. */
  upto: number;
  /** `null`: the slug is gone there. */
  stored: { sha256: string; body: string } | null;
}

export interface SetCache {
  /** @throws AppError NOT_FOUND */
  find(
    access: Access,
    address: Address,
  ): Promise<{ set: CachedSet; found?: FoundContent; verified: boolean }>;
  drop(setId: string): void;
}

/** How many sets are remembered. */
const SETS_MAX = 20_000;

export function createSetCache(input: { pool: pg.Pool; freshness: Freshness; now: () => number }): SetCache {
  const { pool, freshness, now } = input;
  const byAddress = new Map<string, CachedSet>();
  const byId = new Map<string, string>();
  const once = createSingleFlight();

  async function find(access: Access, address: Address) {
    const key = `${access.organisationId}/${address.project}/${address.set}`;
    const known = byAddress.get(key);
    if (known && isFresh(freshness, known.verifiedAt, now())) {
      access.requireProject(known.projectId, 'prompt');
      return { set: known, verified: true };
    }
    // The same prompt by the same selector is one flight; the content that comes along belongs to it.
    // One that began before the newest event may be older than it, so nobody who asks after the event joins it.
    const flight = `${freshness.epoch}/${key}/${address.prompt ?? ''}@${JSON.stringify(address.selector)}`;
    const read = await once(flight, () => readSet(access.organisationId, key, address)).catch(
      (error: unknown) => {
        // The database is away: what was fetched before goes on being answered, for any time, marked with its age.
        if (known && toAppError(error).code === 'SERVICE_UNAVAILABLE') return { set: known, verified: false };
        throw error;
      },
    );
    access.requireProject(read.set.projectId, 'prompt');
    return read;
  }

  async function readSet(organisationId: string, key: string, address: Address) {
    const startedAt = now();
    const { epoch } = freshness;
    const { project, set: slug, prompt, selector } = address;
    const row = await selectSet(pool, {
      organisationId,
      project,
      set: slug,
      prompt,
      number: selector.kind === 'version' ? selector.version : undefined,
      label: selector.kind === 'label' ? selector.name : undefined,
    });
    if (!row) {
      forget(key);
      throw nothingThere();
    }
    const set: CachedSet = {
      organisationId,
      id: row.id,
      projectId: row.project_id,
      address: `${project}/${slug}`,
      versions: row.versions.map(([ordinal, number]) => ({ ordinal, number, yanked: false })),
      labels: new Map(Object.entries(row.labels)),
      verifiedAt: startedAt,
      valid: true,
    };
    forget(key);
    if (freshness.epoch === epoch) {
      if (byAddress.size >= SETS_MAX) clear();
      byAddress.set(key, set);
      byId.set(set.id, key);
    }
    return { set, found: prompt === undefined ? undefined : foundContent(row, prompt), verified: true };
  }

  function forget(key: string): void {
    const known = byAddress.get(key);
    if (!known) return;
    known.valid = false;
    byAddress.delete(key);
    byId.delete(known.id);
  }

  function clear(): void {
    for (const set of byAddress.values()) set.valid = false;
    byAddress.clear();
    byId.clear();
  }

  return {
    find,
    drop: (setId) => {
      const key = byId.get(setId);
      if (key !== undefined) forget(key);
    },
  };
}

function foundContent(row: SetRow, slug: string): FoundContent | undefined {
  if (row.from_ordinal === null) return undefined;
  const { from_ordinal: fromOrdinal, upto, content_sha256: sha256, body } = row;
  return { slug, fromOrdinal, upto, stored: sha256 === null || body === null ? null : { sha256, body } };
}

/**
 * The version that a selector means, from memory.
 *
 * @throws AppError NOT_FOUND `version.no_match`, with the reason and what to ask for
 */
export function selectVersion(set: CachedSet, { selector }: Address): CachedVersion {
  if (selector.kind === 'draft') throw new Error('A draft is no version');
  if (selector.kind === 'label') {
    const ordinal = set.labels.get(selector.name);
    const version = set.versions.find((candidate) => candidate.ordinal === ordinal);
    if (version) return version;
    const names = [...set.labels.keys()].sort();
    const others =
      names.length > 0 ? ` Its labels are latest, ${names.join(', ')}.` : ' It has no label but latest.';
    throw noMatch(`${set.address} has no label \`${selector.name}\`.${others}`);
  }
  const picked = pickVersion(set.versions, selector);
  if (!picked.ok) throw noMatch(picked.message);
  return picked.version;
}

/** The same answer for what does not exist and what may not be seen. */
export function nothingThere(): AppError {
  return new AppError('NOT_FOUND', 'There is no such prompt.', { reason: 'not_found' });
}

function noMatch(message: string): AppError {
  return new AppError('NOT_FOUND', message, { reason: 'version.no_match' });
}
