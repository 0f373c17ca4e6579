import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { violatedConstraint } from '#db/errors.ts';
import { Draft, Label, Prompt, PromptSet, Version } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize } from '../auth/authorize.ts';
import type { Page } from '../schemas/common.ts';
import type {
  createPromptSetInput,
  listPromptSetsInput,
  PromptSetDetailView,
  PromptSetRef,
  PromptSetView,
} from '../schemas/prompt-sets.ts';
import { record } from './audit.ts';
import type { Context } from './context.ts';
import { mainDraftId, requireProject, requireSet, type AddressedSet } from './lookups.ts';
import { decodeCursor, toPage } from './pages.ts';
import { latestNumbers } from './versions/state.ts';
import { isAfterSlug, slugOrder } from './slug-order.ts';
import { freeSlug, refuseReservedSlug, slugTaken } from './slugs.ts';

async function promptSetViews(sets: AddressedSet[]): Promise<PromptSetView[]> {
  const latest = await latestNumbers(sets.map((set) => set.id));
  return sets.map((set) => ({
    id: set.id,
    project_id: set.projectId,
    project: set.projectSlug,
    slug: set.slug,
    address: `${set.projectSlug}/${set.slug}`,
    name: set.name,
    description: set.description,
    latest: latest.get(set.id) ?? null,
    created_at: set.createdAt.toISOString(),
  }));
}

/** The prompt sets of one project by slug, or of all projects by address. */
export async function listPromptSets(
  context: Context,
  input: z.output<typeof listPromptSetsInput>,
): Promise<Page<PromptSetView>> {
  const access = authorize(context.actor, 'projects.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const query = PromptSet.query()
      .join('projects', (join) =>
        join
          .on('projects.id', 'prompt_sets.project_id')
          .andOn('projects.organisation_id', 'prompt_sets.organisation_id'),
      )
      .select('prompt_sets.*', 'projects.slug as project_slug')
      .orderByRaw(slugOrder('projects.slug', 'prompt_sets.slug'))
      .limit(input.limit + 1);
    if (input.project !== undefined) {
      const project = await requireProject(access, input.project);
      query.where('prompt_sets.project_id', project.id);
    } else if (access.projectIds) {
      query.whereIn('prompt_sets.project_id', access.projectIds);
    }
    const after = decodeCursor(input.cursor, 'text');
    if (after !== undefined) {
      const [project = '', set = ''] = after.split('/');
      query.whereRaw(isAfterSlug(['projects.slug', 'prompt_sets.slug'], [':project', ':set']), {
        project,
        set,
      });
    }
    const sets = (await query) as AddressedSet[];
    return toPage(await promptSetViews(sets), input.limit, (set) => set.address);
  });
}

/** One set with how many prompts, versions and labels it has. @throws AppError NOT_FOUND */
export async function getPromptSet(context: Context, input: PromptSetRef): Promise<PromptSetDetailView> {
  const access = authorize(context.actor, 'projects.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    const [view] = await promptSetViews([set]);
    const { latest, ...rest } = view as PromptSetView;
    const prompts = Prompt.query().where({ draftId: await mainDraftId(set) });
    const labels = await Label.query().where({ setId: set.id }).resultSize();
    return {
      ...rest,
      latest,
      counts: {
        prompts: await prompts.whereNull('archivedAt').resultSize(),
        versions: await Version.query().where({ setId: set.id }).resultSize(),
        labels: labels + (latest === null ? 0 : 1),
      },
    };
  });
}

/**
 * Makes a prompt set with its main draft.
 *
 * @throws AppError NOT_FOUND no such project · CONFLICT `slug_taken`, `slug_reserved`
 */
export async function createPromptSet(
  context: Context,
  input: z.output<typeof createPromptSetInput>,
): Promise<PromptSetView> {
  const access = authorize(context.actor, 'prompts.write', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const { organisationId } = access;
    const project = await requireProject(access, input.project);
    if (input.slug) await refuseReservedSlug(project.id, input.slug);
    const slug =
      input.slug ??
      (await freeSlug({
        parentId: project.id,
        name: input.name,
        fallback: 'prompts',
        siblings: PromptSet.query().where({ projectId: project.id }),
      }));
    const { name, description } = input;
    const set = await PromptSet.query()
      .insert({ organisationId, id: uuidv7(), projectId: project.id, slug, name, description })
      .returning('*')
      .catch((error: unknown) => {
        throw violatedConstraint(error) === 'prompt_sets_slug_key' ? slugTaken(slug, 'prompt set') : error;
      });
    await Draft.query().insert({ organisationId, id: uuidv7(), setId: set.id });
    await record(context, {
      action: 'prompt_set.create',
      subjectKind: 'prompt_set',
      subjectId: set.id,
      detail: { address: `${project.slug}/${slug}` },
    });
    const [view] = await promptSetViews([Object.assign(set, { projectSlug: project.slug })]);
    return view as PromptSetView;
  });
}
