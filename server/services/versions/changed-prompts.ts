import { compareSlugs } from '@anvil/core/slug';
import type { z } from 'zod';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize } from '../../auth/authorize.ts';
import type { Page } from '../../schemas/common.ts';
import type { ChangedPromptView, listChangedPromptsInput } from '../../schemas/versions.ts';
import { loadContents } from '../contents.ts';
import type { Context } from '../context.ts';
import { requireSet } from '../lookups.ts';
import { decodeCursor, toPage } from '../pages.ts';
import { loadPromptNames } from '../prompt-names.ts';
import { changedSlugs } from './compare-states.ts';
import { requireVersion } from './read.ts';
import { draftState, stateAt } from './state.ts';

/**
 * Lists the prompts that differ between a version and a later one, or the draft, by slug with both contents: the texts
 * that a person reads before publishing.
 *
 * @throws AppError NOT_FOUND
 */
export async function listChangedPrompts(
  context: Context,
  input: z.output<typeof listChangedPromptsInput>,
): Promise<Page<ChangedPromptView>> {
  const permission = input.to === undefined ? 'drafts.read' : 'prompts.read';
  const access = authorize(context.actor, permission, input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    const before = await stateAt(set, (await requireVersion(set, input.from)).ordinal);
    const after =
      input.to === undefined
        ? await draftState(set)
        : await stateAt(set, (await requireVersion(set, input.to)).ordinal);
    const cursor = decodeCursor(input.cursor, 'text');
    const slugs = changedSlugs(before, after)
      .sort(compareSlugs)
      .filter((slug) => cursor === undefined || compareSlugs(slug, cursor) > 0);
    const page = toPage(slugs, input.limit, (slug) => slug);
    const contents = await loadContents(
      page.data.flatMap((slug) => [before.get(slug) ?? [], after.get(slug) ?? []].flat()),
    );
    const names = await loadPromptNames(set, page.data);
    const contentOf = (sha256: string | undefined) => contents.get(sha256 ?? '')?.content ?? null;
    return {
      ...page,
      data: page.data.map((slug) => ({
        slug,
        name: names.get(slug) ?? slug,
        before: contentOf(before.get(slug)),
        after: contentOf(after.get(slug)),
      })),
    };
  });
}
