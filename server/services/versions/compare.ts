import { compareContracts } from '@anvil/core/contract/compare';
import type { PromptContent } from '@anvil/core/prompt';
import type { z } from 'zod';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize } from '../../auth/authorize.ts';
import type { ComparisonView, compareVersionsInput } from '../../schemas/versions.ts';
import { loadContents } from '../contents.ts';
import type { Context } from '../context.ts';
import { requireSet } from '../lookups.ts';
import { changedSlugs } from './proposal.ts';
import { requireVersion } from './read.ts';
import { stateAt, type SetState } from './state.ts';

/**
 * What the contract of a set becomes for callers who go from one version to another; backwards too, for who rolls
 * back. It reads in one transaction and compares after it.
 *
 * @throws AppError NOT_FOUND
 */
export async function compareVersions(
  context: Context,
  input: z.output<typeof compareVersionsInput>,
): Promise<ComparisonView> {
  const access = authorize(context.actor, 'prompts.read', input.organisation);
  const read = await inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    const from = await requireVersion(set, input.from);
    const to = await requireVersion(set, input.to);
    const before = await stateAt(set, from.ordinal);
    const after = await stateAt(set, to.ordinal);
    const changed = changedSlugs(before, after);
    const hashes = changed.flatMap((slug) => [before.get(slug) ?? [], after.get(slug) ?? []].flat());
    return { from, to, before, after, changed, contents: await loadContents(hashes) };
  });

  const { from, to, before, after, changed, contents } = read;
  const contentsIn = (state: SetState): Map<string, PromptContent> => {
    const picked = new Map<string, PromptContent>();
    for (const slug of changed) {
      const stored = contents.get(state.get(slug) ?? '');
      if (stored) picked.set(slug, stored.content);
    }
    return picked;
  };
  const { level, behaviour, changes } = compareContracts(contentsIn(before), contentsIn(after));
  return { from: from.number, to: to.number, level, behaviour, changes };
}
