import { LRUCache } from 'lru-cache';
import type { Address } from '@anvil/core/address';
import { pickVersion } from '@anvil/core/version';
import type { Access } from '../auth/authorize.ts';
import { AppError } from '../errors.ts';
import type { Freshness, Validity } from './freshness.ts';
import type { InFlightReads } from './in-flight-reads.ts';
import { createSingleFlight } from './single-flight.ts';
import type { DeliverySource } from './source.ts';
import type { SetRow } from './sql.ts';
import { databaseUnavailable, isUnavailable } from './unavailable.ts';

/** A version as far as choosing one needs it. */
export interface CachedVersion {
  ordinal: number;
  number: string;
  yanked: false;
}

/** A prompt set as delivery knows it: what its selectors mean. */
export interface CachedSet {
  organisationId: string;
  id: string;
  projectId: string;
  /** `project/set` */
  address: string;
  versions: CachedVersion[];
  labels: ReadonlyMap<string, number>;
  validity: Validity;
}

/** A content that was read together with a set. */
export interface PrefetchedContent {
  slug: string;
  /** It belongs to every version from this ordinal … */
  fromOrdinal: number;
  /** … up to this one. */
  toOrdinal: number;
  /** `null`: these versions don't have the prompt. */
  stored: { sha256: string; body: string } | null;
}

export interface FoundSet {
  set: CachedSet;
  prefetched?: PrefetchedContent | undefined;
  /** When the database last confirmed the set, in milliseconds since 1970, if it can't be asked now. */
  verifiedAt: number | undefined;
}

export interface SetCache {
  /** @throws AppError NOT_FOUND · SERVICE_UNAVAILABLE when it can't be told */
  find(access: Access, address: Address): Promise<FoundSet>;
  /** Marks a set for revalidation. It stays known, so that it can be answered if the database goes away next. */
  invalidate(setId: string): void;
}

const SETS_MAX_BYTES = 32 * 1024 * 1024;
/** An entry without its versions and labels. */
const SET_BYTES = 1_000;
const VERSION_BYTES = 120;
const LABEL_BYTES = 120;

export function createSetCache(input: {
  source: DeliverySource;
  freshness: Freshness;
  reads: InFlightReads;
}): SetCache {
  const { source, freshness, reads } = input;
  const keyById = new Map<string, string>();
  const byAddress = new LRUCache<string, CachedSet>({
    maxSize: SETS_MAX_BYTES,
    sizeCalculation: ({ versions, labels }) =>
      SET_BYTES + versions.length * VERSION_BYTES + labels.size * LABEL_BYTES,
    dispose: (set) => {
      set.validity.isCurrent = false;
      keyById.delete(set.id);
    },
  });
  const once = createSingleFlight();

  /** A set outside a key's projects is treated like an unknown one in every respect, also while the database is away. */
  function findKnown(access: Access, key: string): CachedSet | undefined {
    const set = byAddress.get(key);
    return set && isVisible(access, set) ? set : undefined;
  }

  async function find(access: Access, address: Address): Promise<FoundSet> {
    const key = `${access.organisationId}/${address.project}/${address.set}`;
    const known = findKnown(access, key);
    if (known && freshness.isFresh(known.validity)) return { set: known, verifiedAt: undefined };
    // Requests for the same prompt by the same selector share a read, and the content that comes with it. A request that
    // begins after an event must not join a read that began before it.
    const flight = `${reads.epoch}/${key}/${address.prompt ?? ''}@${JSON.stringify(address.selector)}`;
    try {
      const found = await once(flight, () => read(access.organisationId, key, address));
      if (!isVisible(access, found.set)) throw promptNotFound();
      return found;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      const stale = findKnown(access, key);
      if (!stale) throw databaseUnavailable(error);
      return { set: stale, verifiedAt: freshness.confirmedAt(stale.validity) };
    }
  }

  async function read(organisationId: string, key: string, address: Address): Promise<FoundSet> {
    const { project, set: slug, prompt, selector } = address;
    const validity = freshness.startRead();
    const reading = reads.begin();
    try {
      const row = await source.selectSet({
        organisationId,
        project,
        set: slug,
        prompt,
        number: selector.kind === 'version' ? selector.version : undefined,
        label: selector.kind === 'label' ? selector.name : undefined,
      });
      if (!row) {
        byAddress.delete(key);
        throw promptNotFound();
      }
      const set: CachedSet = {
        organisationId,
        id: row.id,
        projectId: row.project_id,
        address: `${project}/${slug}`,
        versions: row.versions.map(([ordinal, number]) => ({ ordinal, number, yanked: false })),
        labels: new Map(Object.entries(row.labels)),
        validity,
      };
      // It may be older than the event: it answers this request and, if the database goes away, later ones, but isn't current.
      if (reading.hasHeardOf(set.id)) validity.isCurrent = false;
      store(key, set);
      const prefetched = prompt === undefined ? undefined : prefetchedContent(row, prompt);
      return { set, prefetched, verifiedAt: undefined };
    } finally {
      reading.end();
    }
  }

  /** Keeps a set, unless a newer read of it was faster. */
  function store(key: string, set: CachedSet): void {
    const known = byAddress.get(key);
    if (known?.validity.isCurrent && known.validity.verifiedAt > set.validity.verifiedAt) {
      set.validity.isCurrent = false;
      return;
    }
    byAddress.delete(key);
    byAddress.set(key, set);
    keyById.set(set.id, key);
  }

  return {
    find,
    invalidate(setId) {
      const set = byAddress.peek(keyById.get(setId) ?? '');
      if (set) set.validity.isCurrent = false;
    },
  };
}

function isVisible({ projectIds }: Access, { projectId }: CachedSet): boolean {
  return projectIds === null || projectIds.includes(projectId);
}

function prefetchedContent(row: SetRow, slug: string): PrefetchedContent | undefined {
  if (row.from_ordinal === null) return undefined;
  const { from_ordinal: fromOrdinal, to_ordinal: toOrdinal, content_sha256: sha256, body } = row;
  return { slug, fromOrdinal, toOrdinal, stored: sha256 === null || body === null ? null : { sha256, body } };
}

/**
 * Returns the version that a selector means. Nothing is read.
 *
 * @throws AppError NOT_FOUND `version.no_match`, with the reason and what to ask for · SERVICE_UNAVAILABLE when the set is
 *   not verified: what an old state lacks may exist meanwhile
 */
export function selectVersion({ set, verifiedAt }: FoundSet, { selector }: Address): CachedVersion {
  if (selector.kind === 'draft') throw new Error('A draft has no version');
  if (selector.kind === 'label') {
    const ordinal = set.labels.get(selector.name);
    const version = set.versions.find((candidate) => candidate.ordinal === ordinal);
    if (version) return version;
    if (verifiedAt !== undefined) throw databaseUnavailable();
    throw noMatch(`${set.address} has no label \`${selector.name}\`.${labelHint(set)}`);
  }
  const picked = pickVersion(set.versions, selector);
  if (picked.ok) return picked.version;
  if (verifiedAt !== undefined) throw databaseUnavailable();
  throw noMatch(picked.message);
}

function labelHint({ labels }: CachedSet): string {
  const names = [...labels.keys()].sort();
  return names.length > 0 ? ` Its labels are latest, ${names.join(', ')}.` : ' Its only label is latest.';
}

/** The same error for what doesn't exist and for what the caller may not see. */
export function promptNotFound(): AppError {
  return new AppError('NOT_FOUND', 'There is no such prompt.', { reason: 'not_found' });
}

function noMatch(message: string): AppError {
  return new AppError('NOT_FOUND', message, { reason: 'version.no_match' });
}
