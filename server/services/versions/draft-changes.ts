import { LRUCache } from 'lru-cache';
import { locatePromptChanges, summariseChanges } from '@anvil/core/contract/compare';
import { compareDemands, demandChanges } from '@anvil/core/contract/demands';
import type { PromptContent } from '@anvil/core/prompt';
import { inOrganisation } from '#db/tenancy.ts';
import type { PromptSummary } from '../../schemas/prompts.ts';
import { loadInBatches } from '../contents.ts';
import type { Context } from '../context.ts';
import type { AddressedSet } from '../lookups.ts';
import { createTimeSlices } from '../time-slices.ts';
import { newestRelease, stateAt, versionNumbers, type SetState } from './state.ts';

/** What changed in a prompt since the newest release. */
type Change = NonNullable<PromptSummary['change']>;

/** The changes between two contents, by both hashes: contents never change. */
const compared = new LRUCache<string, Change>({ max: 20_000 });

/** Some prompts of the newest release. Has to run in a transaction. */
export async function newestReleased(set: AddressedSet, slugs: readonly string[]): Promise<SetState> {
  const base = newestRelease(await versionNumbers(set));
  return stateAt(set, base?.ordinal ?? 0, slugs);
}

/**
 * What changed in prompts of the draft, by slug; unchanged ones are left out. It runs outside of a transaction, because
 * comparing large contents takes time.
 */
export async function findDraftChanges(
  context: Context,
  organisationId: string,
  { released, draft }: { released: SetState; draft: SetState },
): Promise<Map<string, Change>> {
  const changes = new Map<string, Change>();
  const unknown: { slug: string; before: string; after: string }[] = [];
  for (const [slug, after] of draft) {
    const before = released.get(slug);
    const known = before === undefined ? 'new' : compared.get(`${before} ${after}`);
    if (known) changes.set(slug, known);
    else if (before !== undefined && before !== after) unknown.push({ slug, before, after });
  }
  const giveWay = createTimeSlices();
  const batches = loadInBatches(
    unknown,
    ({ before, after }) => [before, after],
    (query) => inOrganisation(context.database, organisationId, query),
  );
  for await (const { batch, contents } of batches) {
    for (const { slug, before, after } of batch) {
      const change = compare(slug, contents.get(before)?.content, contents.get(after)?.content);
      compared.set(`${before} ${after}`, change);
      changes.set(slug, change);
      await giveWay();
    }
  }
  return changes;
}

/** Prompts that are rendered are left out: the number of the version judges those. */
function compare(slug: string, before: PromptContent | undefined, after: PromptContent | undefined): Change {
  const demands =
    before && after && compareDemands({ content: before, partials: {} }, { content: after, partials: {} });
  const { level } = summariseChanges([
    ...locatePromptChanges(slug, before, after),
    ...(demands ? demandChanges(slug, demands) : []),
  ]);
  return level === 'none' ? 'patch' : level;
}
