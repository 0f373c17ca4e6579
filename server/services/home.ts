import type { z } from 'zod';
import { AuditEntry, Label, Organisation, Project, PromptSet, Version } from '#db/models/index.ts';
import { currentTransaction, inOrganisation } from '#db/tenancy.ts';
import { authorize, type Access } from '../auth/authorize.ts';
import { notFound } from '../errors.ts';
import type { organisationInput } from '../schemas/common.ts';
import type { HomeView } from '../schemas/first-prompt.ts';
import { loadAuthors } from './authors.ts';
import type { Context } from './context.ts';
import { latestNumber } from './versions/state.ts';

/** How much of each the page shows. */
const PROJECTS_MAX = 50;
const SETS_MAX = 12;
const ACTIVITY_MAX = 8;

/**
 * What a member sees first: projects, what is unpublished, what is published where, what was done lately. A key that
 * is limited to some projects sees those alone.
 */
export async function getHome(
  context: Context,
  input: z.output<typeof organisationInput>,
): Promise<HomeView> {
  const access = authorize(context.actor, 'drafts.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const organisation = await Organisation.query().findOne('id', access.organisationId);
    if (!organisation) throw notFound('organisation');
    const projects = await listProjectsWithCounts(access);
    return {
      organisation: { slug: organisation.slug, name: organisation.name },
      empty: projects.length === 0,
      can_write: access.allows('projects.write'),
      projects,
      sets: await listRecentSets(access),
      activity: await listActivity(access.projectIds && projects.map((project) => project.slug)),
    };
  });
}

async function listProjectsWithCounts({ projectIds }: Access): Promise<HomeView['projects']> {
  const query = Project.query().orderBy('slug').limit(PROJECTS_MAX);
  if (projectIds) query.whereIn('id', projectIds);
  const projects = await query;
  const counts = (await PromptSet.query()
    .select('projectId')
    .count('* as sets')
    .whereIn(
      'projectId',
      projects.map((project) => project.id),
    )
    .groupBy('projectId')) as unknown as { projectId: string; sets: string }[];
  const countOf = new Map(counts.map((row) => [row.projectId, Number(row.sets)]));
  return projects.map(({ id, slug, name }) => ({ slug, name, sets: countOf.get(id) ?? 0 }));
}

/** The sets that were worked on last. */
async function listRecentSets({ projectIds }: Access): Promise<HomeView['sets']> {
  const { rows } = await currentTransaction().raw<{
    rows: { id: string; address: string; unpublished: number }[];
  }>(
    `select s.id, p.slug || '/' || s.slug as address,
       (select count(*)::int from prompts d
          left join lateral (
            select content_sha256 from version_changes c
            where c.organisation_id = d.organisation_id and c.set_id = d.set_id and c.slug = d.slug
            order by from_ordinal desc limit 1
          ) released on true
        where d.organisation_id = s.organisation_id and d.set_id = s.id
          and (case when d.archived_at is null then d.content_sha256 end)
              is distinct from released.content_sha256) as unpublished
     from prompt_sets s
       join projects p on p.organisation_id = s.organisation_id and p.id = s.project_id
     where :projectIds::uuid[] is null or p.id = any(:projectIds::uuid[])
     order by greatest(s.created_at,
       (select max(updated_at) from prompts d where d.organisation_id = s.organisation_id and d.set_id = s.id)) desc
     limit ${SETS_MAX}`,
    { projectIds },
  );
  const ids = rows.map((row) => row.id);
  const versions = await Version.query().select('setId', 'ordinal', 'number').whereIn('setId', ids);
  const labels = await Label.query().whereIn('setId', ids).orderBy('name');
  return rows.map((row) => {
    const own = versions.filter((version) => version.setId === row.id);
    const numberOf = new Map(own.map((version) => [version.ordinal, version.number]));
    return {
      address: row.address,
      latest: latestNumber(own),
      unpublished: row.unpublished,
      labels: labels
        .filter((label) => label.setId === row.id)
        .map((label) => ({ name: label.name, version: numberOf.get(label.ordinal) ?? '' })),
    };
  });
}

/** @param projects slugs; `null`: all */
async function listActivity(projects: string[] | null): Promise<HomeView['activity']> {
  const query = AuditEntry.query()
    .whereRaw("jsonb_exists(detail, 'address')")
    .orderBy('id', 'desc')
    .limit(ACTIVITY_MAX);
  if (projects) query.whereRaw("split_part(detail->>'address', '/', 1) = any(?)", [projects]);
  const entries = await query;
  const rows = entries.map((entry) => ({ ...entry, authorKind: entry.actorKind, authorId: entry.actorId }));
  const author = await loadAuthors(rows);
  return rows.map((row) => ({
    action: row.action,
    address: (row.detail as { address: string }).address,
    author: author(row).name,
    created_at: row.createdAt.toISOString(),
  }));
}
