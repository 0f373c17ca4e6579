import { Label, Version } from '#db/models/index.ts';
import { currentTransaction } from '#db/tenancy.ts';
import type { Access } from '../auth/authorize.ts';
import type { HomeView } from '../schemas/home.ts';

/** The newest release of each set that the caller can see: the highest number that isn't a pre-release. */
const RELEASED_SETS = `
  select s.organisation_id, s.id, s.created_at, p.slug || '/' || s.slug as address,
    released.ordinal, released.number, released.created_at as released_at
  from prompt_sets s
    join projects p on p.organisation_id = s.organisation_id and p.id = s.project_id
    left join lateral (
      select ordinal, number, created_at from versions v
      where v.organisation_id = s.organisation_id and v.set_id = s.id and v.number !~ '[-+]'
      order by string_to_array(v.number, '.')::bigint[] desc limit 1
    ) released on true
  where :projectIds::uuid[] is null or p.id = any(:projectIds::uuid[])`;

/**
 * Lists the sets whose draft differs from their newest release, the last edited first. The comparison comes before the
 * limit: a forgotten draft is listed, however many sets were edited after it.
 *
 * A publication stores the draft as it is, so only sets that changed after it are compared: the time is the end of an
 * index, the comparison reads each prompt. The hour covers different clocks, and saves that began before the publication
 * and were committed after it.
 *
 * @param limit rows to return
 */
export async function listUnpublishedSets(
  { projectIds }: Access,
  limit: number,
): Promise<HomeView['unpublished']> {
  const { rows } = await currentTransaction().raw<{ rows: HomeView['unpublished']['data'] }>(
    `select s.address, s.number as latest, draft.changed_prompts
     from (${RELEASED_SETS}) s
       cross join lateral (
         select max(updated_at) as changed_at from prompts d
         where d.organisation_id = s.organisation_id and d.set_id = s.id
       ) last
       cross join lateral (
         select count(*)::int as changed_prompts
         from (
           select slug, content_sha256 from prompts d
           where d.organisation_id = s.organisation_id and d.set_id = s.id and d.archived_at is null
         ) drafted
         full join (
           select distinct on (slug) slug, content_sha256 from version_changes c
           where c.organisation_id = s.organisation_id and c.set_id = s.id and c.from_ordinal <= s.ordinal
           order by slug desc, from_ordinal desc
         ) released using (slug)
         where drafted.content_sha256 is distinct from released.content_sha256
           and (s.released_at is null or last.changed_at > s.released_at - interval '1 hour')
       ) draft
     where draft.changed_prompts > 0
     order by last.changed_at desc, s.address
     limit :limit`,
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
  const labels = await Label.query().whereIn('setId', setIds).orderBy('name');
  const versions = await Version.query().select('setId', 'ordinal', 'number').whereIn('setId', setIds);
  const numbers = new Map(versions.map(({ setId, ordinal, number }) => [`${setId} ${ordinal}`, number]));
  const bySet = new Map<string, { name: string; version: string }[]>();
  for (const { setId, ordinal, name } of labels) {
    const version = numbers.get(`${setId} ${ordinal}`) ?? '';
    bySet.set(setId, [...(bySet.get(setId) ?? []), { name, version }]);
  }
  return bySet;
}
