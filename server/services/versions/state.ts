import { compareVersions, isPrerelease } from '@anvil/core/version';
import { Version, VersionChange, type PromptSet } from '#db/models/index.ts';
import { currentTransaction } from '#db/tenancy.ts';
import { mainDraftId } from '../lookups.ts';

/** Which content stands under which slug. */
export type SetState = Map<string, string>;

/** A version as far as choosing one needs it. */
export type VersionNumber = Pick<Version, 'ordinal' | 'number' | 'checksum'>;

/**
 * The prompts of the version with this ordinal: the newest change row per slug up to it, gone ones left out.
 *
 * @param slugs only these; all when left out
 */
export async function stateAt(set: PromptSet, ordinal: number, slugs?: readonly string[]): Promise<SetState> {
  if (ordinal === 0) return new Map();
  return readState(
    `(select distinct on (slug) slug, content_sha256 from version_changes
      where organisation_id = :organisationId and set_id = :setId and from_ordinal <= :ordinal
        ${slugs ? 'and slug = any(:slugs)' : ''}
      order by slug desc, from_ordinal desc) newest
     where content_sha256 is not null`,
    { organisationId: set.organisationId, setId: set.id, ordinal, ...(slugs ? { slugs: [...slugs] } : {}) },
  );
}

/** The prompts of the set's main draft. */
export async function draftState(set: PromptSet): Promise<SetState> {
  return readState(
    'prompts where organisation_id = :organisationId and draft_id = :draftId and archived_at is null',
    { organisationId: set.organisationId, draftId: await mainDraftId(set) },
  );
}

/** In one text: of a set of thousands, the driver takes longer over the rows than the database over finding them. */
async function readState(from: string, values: Record<string, unknown>): Promise<SetState> {
  const { rows } = await currentTransaction().raw<{ rows: { state: string | null }[] }>(
    `select string_agg(slug || ' ' || content_sha256, ',') as state from ${from}`,
    values as never,
  );
  const pairs = rows[0]?.state?.split(',') ?? [];
  return new Map(pairs.map((pair) => pair.split(' ') as [string, string]));
}

/** Every version of the set, the highest number first. */
export async function versionNumbers(set: PromptSet): Promise<VersionNumber[]> {
  const rows = await Version.query().select('ordinal', 'number', 'checksum').where({ setId: set.id });
  return rows.sort((a, b) => compareVersions(b.number, a.number));
}

/** The release that the main draft is compared with: the highest. */
export function newestRelease(numbers: readonly VersionNumber[]): VersionNumber | undefined {
  return numbers.find((version) => !isPrerelease(version.number));
}

/**
 * Returns the number of the newest release of each set, by the id of the set. A set without a release is missing. The
 * database chooses them, because sets have hundreds of versions.
 */
export async function latestNumbers(setIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await Version.query()
    .distinctOn('setId')
    .select('setId', 'number')
    .whereIn('setId', [...setIds])
    .whereRaw("number !~ '[-+]'")
    .orderByRaw("set_id, string_to_array(number, '.')::bigint[] desc");
  return new Map(rows.map(({ setId, number }) => [setId, number]));
}

/** Was a prompt ever published under this slug? */
export async function isPublished(set: PromptSet, slug: string): Promise<boolean> {
  return (await VersionChange.query().findOne({ setId: set.id, slug })) !== undefined;
}
