import { Prompt } from '#db/models/index.ts';
import { mainDraftId, type AddressedSet } from './lookups.ts';

/**
 * Returns the names that people gave to prompts of a set, by slug. Versions store no names, and an archived prompt keeps
 * its name. Has to run in a transaction of the organisation.
 */
export async function loadPromptNames(
  set: AddressedSet,
  slugs: readonly string[],
): Promise<Map<string, string>> {
  if (slugs.length === 0) return new Map();
  const rows = await Prompt.query()
    .select('slug', 'name')
    .where({ draftId: await mainDraftId(set) })
    .whereRaw('slug = any(?)', [slugs]);
  return new Map(rows.map(({ slug, name }) => [slug, name]));
}
