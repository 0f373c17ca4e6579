import type { Address } from '@anvil/core/address';
import type { PromptContent } from '@anvil/core/prompt';
import type { Access } from '../auth/authorize.ts';
import { loadPartials } from '../render/partials.ts';
import type { OrganisationCache } from './organisation-cache.ts';
import { createRepresentations, type Representations } from './representation.ts';
import type { CachedResponse } from './response-cache.ts';
import {
  promptNotFound,
  selectVersion,
  type CachedSet,
  type PrefetchedContent,
  type SetCache,
} from './sets.ts';
import { createSingleFlight } from './single-flight.ts';
import type { DeliverySource } from './source.ts';
import type { ContentRow } from './sql.ts';
import { databaseUnavailable, isUnavailable } from './unavailable.ts';

/** A prompt of one version, ready to be sent and to be rendered. It never changes. */
export interface DeliveredPrompt {
  /** `project/set/prompt@1.4.2`, or `…@draft`. */
  address: string;
  /** `project/set` */
  set: string;
  version: string;
  sha256: string;
  content: PromptContent;
  /** The prompts that its templates may render, by slug, as they were in that version; see `loadPartials`. */
  partials: Record<string, PromptContent>;
  representations: Representations;
  /** Its size in memory, estimated. */
  bytes: number;
}

/** What an address means right now. */
export interface FoundPrompt {
  delivered: DeliveredPrompt;
  /** The key under which the prompt is cached; a draft has none. */
  cacheKey: string | undefined;
  set: CachedSet;
  /** When the database last confirmed it, in milliseconds since 1970, if it can't be asked now. */
  verifiedAt: number | undefined;
}

export interface PromptCache {
  /** @throws AppError NOT_FOUND · SERVICE_UNAVAILABLE when it can't be told */
  find(access: Access, address: Address & { prompt: string }): Promise<FoundPrompt>;
}

/** Object, arrays of headers and the cache's own records. */
const PROMPT_BYTES = 2_000;

export function createPromptCache(input: {
  source: DeliverySource;
  sets: SetCache;
  cache: OrganisationCache<DeliveredPrompt | CachedResponse>;
}): PromptCache {
  const { source, sets, cache } = input;
  const once = createSingleFlight();

  async function find(access: Access, address: Address & { prompt: string }): Promise<FoundPrompt> {
    const found = await sets.find(access, address);
    const { set, verifiedAt } = found;
    if (address.selector.kind === 'draft') {
      const delivered = await canTell(() => readDraft(set, address.prompt));
      return { delivered, cacheKey: undefined, set, verifiedAt };
    }
    const version = selectVersion(found, address);
    const cacheKey = `content/${set.id}/${version.ordinal}/${address.prompt}`;
    const known = cache.get(set.organisationId, cacheKey) as DeliveredPrompt | undefined;
    if (known) return { delivered: known, cacheKey, set, verifiedAt };
    const delivered = await canTell(() =>
      once(cacheKey, () => read(set, version, address.prompt, found.prefetched)),
    );
    cache.set(set.organisationId, cacheKey, delivered, delivered.bytes);
    return { delivered, cacheKey, set, verifiedAt };
  }

  async function read(
    set: CachedSet,
    version: { ordinal: number; number: string },
    slug: string,
    prefetched: PrefetchedContent | undefined,
  ): Promise<DeliveredPrompt> {
    const { organisationId, id: setId } = set;
    const { ordinal } = version;
    const select = (slugs: string[]) => source.selectContents({ organisationId, setId, ordinal, slugs });
    const isPrefetched = prefetched && prefetched.fromOrdinal <= ordinal && ordinal <= prefetched.toOrdinal;
    const row = isPrefetched
      ? prefetched.stored && { slug, ...prefetched.stored }
      : (await select([slug]))[0];
    if (!row) throw promptNotFound();
    return deliver(set, version.number, row, select);
  }

  async function readDraft(set: CachedSet, slug: string): Promise<DeliveredPrompt> {
    const { organisationId, id: setId } = set;
    const select = (slugs: string[]) => source.selectDraftContents({ organisationId, setId, slugs });
    const [row] = await select([slug]);
    if (!row) throw promptNotFound();
    return deliver(set, 'draft', row, select);
  }

  return { find };
}

/** Gives one and the same error for all that can't be told now. */
async function canTell<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw isUnavailable(error) ? databaseUnavailable(error) : error;
  }
}

async function deliver(
  set: CachedSet,
  version: string,
  row: ContentRow,
  select: (slugs: string[]) => Promise<ContentRow[]>,
): Promise<DeliveredPrompt> {
  const content = JSON.parse(row.body) as PromptContent;
  const address = `${set.address}/${row.slug}@${version}`;
  const representations = createRepresentations(responseText(address, version, row.sha256, content));
  let bytes = PROMPT_BYTES + memoryOf(row.body) + memoryOfRepresentations(representations);
  const partials = await loadPartials(content, async (slugs) => {
    const rows = await select(slugs);
    for (const { body } of rows) bytes += memoryOf(body);
    return new Map(rows.map(({ slug, body }) => [slug, JSON.parse(body) as PromptContent]));
  });
  return {
    ...{ address, set: set.address, version, sha256: row.sha256, content, representations, bytes },
    partials: Object.fromEntries(partials),
  };
}

/** A parsed JSON text takes about three times its length: strings of two bytes a character, objects, keys. */
function memoryOf(json: string): number {
  return json.length * 3;
}

function memoryOfRepresentations({ identity, gzip }: Representations): number {
  return identity.body.length + (gzip?.body.length ?? 0);
}

/** The response's JSON. The config is inserted as the text that was saved: parsing it would rewrite its numbers. */
function responseText(address: string, version: string, sha256: string, content: PromptContent): string {
  const { config, ...rest } = content;
  const prompt = JSON.stringify({ address, version, ...rest, sha256, notes: [] });
  return `{"prompt":${prompt.slice(0, -1)},"config":${config}}}`;
}
