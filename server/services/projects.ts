import { uuidv7 } from 'uuidv7';
import { violatedConstraint } from '#db/errors.ts';
import { Project } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { AccessDenied, authorize, type Access } from '../auth/authorize.ts';
import type { Page } from '../schemas/common.ts';
import type { createProjectInput, listProjectsInput, projectRef, ProjectView } from '../schemas/projects.ts';
import type { z } from 'zod';
import { record } from './audit.ts';
import type { Context } from './context.ts';
import { requireProject } from './lookups.ts';
import { decodeCursor, toPage } from './pages.ts';
import { isAfterSlug, slugOrder } from './slug-order.ts';
import { freeSlug, slugTaken } from './slugs.ts';

function projectView(project: Project): ProjectView {
  const { id, slug, name, description, createdAt } = project;
  return { id, slug, name, description, created_at: createdAt.toISOString() };
}

/** The projects of the organisation by slug; for a limited key only its own. */
export async function listProjects(
  context: Context,
  input: z.output<typeof listProjectsInput>,
): Promise<Page<ProjectView>> {
  const access = authorize(context.actor, 'projects.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const query = Project.query()
      .orderByRaw(slugOrder('slug'))
      .limit(input.limit + 1);
    if (access.projectIds) query.whereIn('id', access.projectIds);
    const after = decodeCursor(input.cursor, 'text');
    if (after !== undefined) query.whereRaw(isAfterSlug(['slug'], [':after']), { after });
    return toPage((await query).map(projectView), input.limit, (project) => project.slug);
  });
}

/** @throws AppError NOT_FOUND */
export async function getProject(context: Context, input: z.output<typeof projectRef>): Promise<ProjectView> {
  const access = authorize(context.actor, 'projects.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () =>
    projectView(await requireProject(access, input.project)),
  );
}

/** @throws AppError CONFLICT `slug_taken` */
export async function createProject(
  context: Context,
  input: z.output<typeof createProjectInput>,
): Promise<ProjectView> {
  const access = authorize(context.actor, 'projects.write', input.organisation);
  refuseForLimitedKey(context, access);
  return inOrganisation(context.database, access.organisationId, async () => {
    const { organisationId } = access;
    const slug =
      input.slug ??
      (await freeSlug({
        parentId: organisationId,
        name: input.name,
        fallback: 'project',
        siblings: Project.query(),
      }));
    const { name, description } = input;
    const project = await Project.query()
      .insert({ organisationId, id: uuidv7(), slug, name, description })
      .returning('*')
      .catch((error: unknown) => {
        throw violatedConstraint(error) === 'projects_slug_key' ? slugTaken(slug, 'project') : error;
      });
    await record(context, {
      action: 'project.create',
      subjectKind: 'project',
      subjectId: project.id,
      detail: { slug },
    });
    return projectView(project);
  });
}

/** A key that is limited to some projects can't make another one: it could not see it afterwards. */
function refuseForLimitedKey({ actor }: Context, { projectIds, organisationId }: Access): void {
  if (!projectIds || actor.kind === 'anonymous') return;
  throw new AccessDenied(
    { actor, organisationId, permission: 'projects.write' },
    'This API key is limited to some projects and can’t make another one.',
  );
}
