import type { z } from 'zod';
import { AuditEntry, Organisation, Project, PromptSet } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize, type Access } from '../auth/authorize.ts';
import { notFound } from '../errors.ts';
import type { organisationInput } from '../schemas/common.ts';
import type { HomeView } from '../schemas/home.ts';
import { loadAuthors } from './authors.ts';
import type { Context } from './context.ts';
import { listPublishedSets, listUnpublishedSets } from './home-sets.ts';

/** How much of each the page shows. */
const PROJECTS_MAX = 50;
const SETS_MAX = 12;
const ACTIVITY_MAX = 8;

/**
 * Returns what a member sees first: projects, unpublished drafts, published versions and the last actions. A key that is
 * limited to some projects sees only those.
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
      has_sets: await hasSets(access),
      unpublished: await listUnpublishedSets(access, SETS_MAX),
      published: await listPublishedSets(access, SETS_MAX),
      activity: await listActivity(access.projectIds && projects.map((project) => project.slug)),
    };
  });
}

async function hasSets({ projectIds }: Access): Promise<boolean> {
  const query = PromptSet.query().select('id').first();
  if (projectIds) query.whereIn('projectId', projectIds);
  return (await query) !== undefined;
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
