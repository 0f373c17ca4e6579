import { slugFromName, uniqueSlug } from '@anvil/core/slug';
import { ReservedSlug } from '#db/models/index.ts';
import { currentOrganisationId } from '#db/tenancy.ts';
import { AppError } from '../errors.ts';

/** The refusal of a slug that is taken, at its field. */
export function slugTaken(slug: string, what: string, hint = 'Choose another one.'): AppError {
  const message = `There is a ${what} \`${slug}\` already. ${hint}`;
  return new AppError('CONFLICT', message, { reason: 'slug_taken', details: [{ field: 'slug', message }] });
}

/**
 * A slug of anything published belongs to that thing alone, for ever.
 *
 * @throws AppError CONFLICT when something else under this parent was published as `slug`
 */
export async function refuseReservedSlug(parentId: string, slug: string, thingId?: string): Promise<void> {
  const reserved = await ReservedSlug.query().findOne({ parentId, slug });
  if (!reserved || reserved.thingId === thingId) return;
  const message = `\`${slug}\` belongs to something that was published under it. Choose another slug.`;
  throw new AppError('CONFLICT', message, { reason: 'slug_reserved', details: [{ field: 'slug', message }] });
}

/** Keeps slugs for the things that were just published. What is kept already stays as it is. */
export async function reserveSlugs(
  rows: readonly { parentId: string; slug: string; thingId: string }[],
): Promise<void> {
  if (rows.length === 0) return;
  const organisationId = currentOrganisationId();
  await ReservedSlug.query()
    .insert(rows.map((row) => ({ organisationId, ...row })))
    .onConflict(['organisation_id', 'parent_id', 'slug'])
    .ignore();
}

/** A free slug for a name: made from it, or `fallback` when it holds no letter; numbered when it is taken. */
export async function freeSlug(input: {
  parentId: string;
  name: string;
  fallback: string;
  isTaken: (slug: string) => Promise<boolean>;
}): Promise<string> {
  const base = slugFromName(input.name, input.fallback);
  for (let n = 1; ; n++) {
    // Slugs are numbered by core, which knows how to cut them; it asks synchronously, so it is told how many to skip.
    let skip = n - 1;
    const slug = uniqueSlug(base, () => skip-- > 0);
    const reserved = await ReservedSlug.query().findOne({ parentId: input.parentId, slug });
    if (!reserved && !(await input.isTaken(slug))) return slug;
  }
}
