import { locatePromptChanges, summariseChanges, type ContractComparison } from '@anvil/core/contract/compare';
import type { LocatedChange } from '@anvil/core/contract/changes';
import { findWitness, type Witness } from '@anvil/core/contract/witness';
import type { Problem } from '@anvil/core/prompt';
import { inOrganisation } from '#db/tenancy.ts';
import { findStoredProblems, loadInBatches } from '../contents.ts';
import type { Context } from '../context.ts';
import { createTimeSlices } from '../time-slices.ts';
import type { SetState } from './state.ts';

export interface StatesComparison {
  comparison: ContractComparison;
  /** A call that was valid before and no longer is. */
  witness: Witness | undefined;
  /** The problems of the changed prompts as they are now. */
  problems: Problem[];
}

/**
 * Compares two states of a set. Contents never change, so they are read after the states, a few MB at a time and each
 * batch in its own transaction. Other requests run in between: a set may hold gigabytes.
 */
export async function compareStates(
  context: Context,
  organisationId: string,
  { before, after }: { before: SetState; after: SetState },
): Promise<StatesComparison> {
  const changes: LocatedChange[] = [];
  const problems: Problem[] = [];
  let witness: Witness | undefined;
  const giveWay = createTimeSlices();
  const batches = loadInBatches(
    changedSlugs(before, after),
    (slug) => [before.get(slug), after.get(slug)].filter((sha256) => sha256 !== undefined),
    (query) => inOrganisation(context.database, organisationId, query),
  );
  for await (const { batch, contents } of batches) {
    for (const slug of batch) {
      const old = contents.get(before.get(slug) ?? '');
      const now = contents.get(after.get(slug) ?? '');
      const located = locatePromptChanges(slug, old?.content, now?.content);
      changes.push(...located);
      if (!witness && old && located.some(({ level }) => level === 'major')) {
        const only = (stored: typeof old | undefined) => new Map(stored ? [[slug, stored.content]] : []);
        witness = findWitness(only(old), only(now));
      }
      for (const problem of now ? findStoredProblems(now) : []) {
        problems.push({ ...problem, place: { ...problem.place, prompt: slug } });
      }
      await giveWay();
    }
  }
  return { comparison: summariseChanges(changes), witness, problems };
}

/** Slugs that are new, gone or have another content, sorted. */
export function changedSlugs(before: SetState, after: SetState): string[] {
  const changed: string[] = [];
  for (const [slug, sha256] of after) if (before.get(slug) !== sha256) changed.push(slug);
  for (const slug of before.keys()) if (!after.has(slug)) changed.push(slug);
  return changed.sort();
}
