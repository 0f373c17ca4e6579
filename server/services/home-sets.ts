import { Label, type Version } from '#db/models/index.ts';
import { currentTransaction } from '#db/tenancy.ts';
import type { Access } from '../auth/authorize.ts';
import type { HomeView } from '../schemas/home.ts';

/** The newest release of each set that the caller can see: the highest number that isn't a pre-release. */
const RELEASED_SETS = `
  select s.organisation_id, s.id, s.created_at, p.slug || '/' || s.slug as address,
    released.ordinal, released.number,
    coalesce(released.draft_change, 0) as draft_change, released.created_at as released_at
  from prompt_sets s
    join projects p on p.organisation_id = s.organisation_id and p.id = s.project_id
    left join lateral (
      select ordinal, number, draft_change, created_at from versions v
      where v.organisation_id = s.organisation_id and v.set_id = s.id and v.number !~ '[-+]'
      order by string_to_array(v.number, '.')::bigint[] desc limit 1
    ) released on true
  where :projectIds::uuid[] is null or p.id = any(:projectIds::uuid[])`;

/** The prompts of the set `s` that differ from its newest release; without a release, all that aren't archived. */
const CHANGED_PROMPTS = `
  from prompts d
  where d.organisation_id = s.organisation_id and d.set_id = s.id
    and d.change_number > s.draft_change
    and case
      when s.ordinal is null then d.archived_at is null
      else case when d.archived_at is null then d.content_sha256 end is distinct from (
        select c.content_sha256 from version_changes c
        where c.organisation_id = s.organisation_id and c.set_id = s.id and c.slug = d.slug
          and c.from_ordinal <= s.ordinal
        order by c.from_ordinal desc limit 1
      )
    end`;

/**
 * Lists the sets whose draft differs from their newest release, the last edited first. The comparison comes before the
 * limit: a forgotten draft is listed, however many sets were edited after it.
 *
 * A publication stores the draft as it is, so only prompts that changed after it are compared. Their order is that of
 * numbers and not of times, because a save may begin before a publication and end after it.
 *
 * @param limit rows to return
 */
export async function listUnpublishedSets(
  { projectIds }: Access,
  limit: number,
): Promise<HomeView['unpublished']> {
  const { rows } = await currentTransaction().raw<{ rows: HomeView['unpublished']['data'] }>(
    // Materialised: row security lets an index compare with a column, and not with coalesce().
    `with sets as materialized (${RELEASED_SETS})
     select s.address, s.number as latest, (select count(*)::int ${CHANGED_PROMPTS}) as changed_prompts
     from (
       select s.*, last.changed_at
       from sets s
         cross join lateral (
           select max(updated_at) as changed_at from prompts d
           where d.organisation_id = s.organisation_id and d.set_id = s.id
         ) last
         -- With a limit, or the planner reads all prompts of the organisation. The newest changes are at the end of an index.
         cross join lateral (select ${CHANGED_PROMPTS} order by d.change_number desc limit 1) changed
       order by last.changed_at desc, s.address
       limit :limit
     ) s
     order by s.changed_at desc, s.address`,
    { projectIds, limit: limit + 1 },
  );
  return { data: rows.slice(0, limit), has_more: rows.length > limit };
}

/** Lists the sets that have a release, the last published first, with the labels of each. */
export async function listPublishedSets(
  { projectIds }: Access,
  limit: number,
): Promise<HomeView['published']> {
  const { rows } = await currentTransaction().raw<{
    rows: { id: string; address: string; latest: string }[];
  }>(
    `select s.id, s.address, s.number as latest from (${RELEASED_SETS}) s
     where s.number is not null order by s.released_at desc, s.address limit :limit`,
    { projectIds, limit: limit + 1 },
  );
  const shown = rows.slice(0, limit);
  const labels = await loadLabels(shown.map(({ id }) => id));
  return {
    data: shown.map(({ id, address, latest }) => ({ address, latest, labels: labels.get(id) ?? [] })),
    has_more: rows.length > limit,
  };
}

/** The labels of sets with the numbers that they point to, by the id of the set. */
async function loadLabels(setIds: string[]): Promise<Map<string, { name: string; version: string }[]>> {
  const rows = (await Label.query()
    .join('versions', (join) =>
      join
        .on('versions.organisation_id', 'labels.organisation_id')
        .andOn('versions.set_id', 'labels.set_id')
        .andOn('versions.ordinal', 'labels.ordinal'),
    )
    .select('labels.set_id', 'labels.name', 'versions.number')
    .whereIn('labels.set_id', setIds)
    .orderBy('labels.name')) as (Label & Pick<Version, 'number'>)[];
  const bySet = new Map<string, { name: string; version: string }[]>();
  for (const { setId, name, number } of rows)
    bySet.set(setId, [...(bySet.get(setId) ?? []), { name, version: number }]);
  return bySet;
}
