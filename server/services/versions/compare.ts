import type { z } from 'zod';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize } from '../../auth/authorize.ts';
import type { ComparisonView, compareVersionsInput } from '../../schemas/versions.ts';
import type { Context } from '../context.ts';
import { requireSet } from '../lookups.ts';
import { changeViews } from './change-views.ts';
import { compareStates } from './compare-states.ts';
import { requireVersion } from './read.ts';
import { stateAt } from './state.ts';

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
  const { organisationId } = access;
  const { from, to, before, after } = await inOrganisation(context.database, organisationId, async () => {
    const set = await requireSet(access, input);
    const from = await requireVersion(set, input.from);
    const to = await requireVersion(set, input.to);
    return { from, to, before: await stateAt(set, from.ordinal), after: await stateAt(set, to.ordinal) };
  });
  const { comparison } = await compareStates(context, organisationId, { before, after });
  const { level, behaviour, changes } = comparison;
  return { from: from.number, to: to.number, level, behaviour, changes: changeViews(changes) };
}
