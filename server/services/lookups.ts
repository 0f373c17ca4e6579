import { invalid, notFound } from '../errors.ts';
import type { Access } from '../auth/authorize.ts';
import { Draft, Project, Prompt, PromptSet } from '#db/models/index.ts';
import type { PromptSetRef } from '../schemas/prompt-sets.ts';
import type { PromptRef } from '../schemas/prompts.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A prompt set with what its address needs. */
export type AddressedSet = PromptSet & { projectSlug: string };

/**
 * The project of that id or slug, inside the limits of the key.
 *
 * @throws AppError NOT_FOUND
 */
export async function requireProject(access: Access, idOrSlug: string): Promise<Project> {
  const query = Project.query();
  const project = await (UUID.test(idOrSlug)
    ? query.findOne('id', idOrSlug.toLowerCase())
    : query.findOne('slug', idOrSlug));
  if (!project) throw notFound('project');
  access.requireProject(project.id);
  return project;
}

/**
 * The set of that id, or of those slugs, inside the limits of the key.
 *
 * @throws AppError NOT_FOUND · UNPROCESSABLE_CONTENT when neither is given
 */
export async function requireSet(access: Access, ref: PromptSetRef): Promise<AddressedSet> {
  const query = PromptSet.query()
    .join('projects', (join) =>
      join
        .on('projects.id', 'prompt_sets.project_id')
        .andOn('projects.organisation_id', 'prompt_sets.organisation_id'),
    )
    .select('prompt_sets.*', 'projects.slug as project_slug');
  if (ref.set_id) query.where('prompt_sets.id', ref.set_id);
  else if (ref.project && ref.set) query.where({ 'projects.slug': ref.project, 'prompt_sets.slug': ref.set });
  else throw invalid('set_id', 'Say which prompt set: by its id, or by the slugs of its project and itself.');

  const set = (await query.first()) as AddressedSet | undefined;
  if (!set) throw notFound('prompt set');
  access.requireProject(set.projectId, 'prompt set');
  return set;
}

/** The id of the set's main draft: made with the set, so it is always there. */
export async function mainDraftId(set: PromptSet): Promise<string> {
  const draft = await Draft.query().findOne({ setId: set.id }).whereNull('line');
  if (!draft) throw new Error(`The prompt set ${set.id} has no main draft`);
  return draft.id;
}

/**
 * The prompt of that id, or of that slug in a set's main draft, with its set.
 *
 * @throws AppError NOT_FOUND · UNPROCESSABLE_CONTENT when neither is given
 */
export async function requirePrompt(
  access: Access,
  ref: PromptRef,
): Promise<{ prompt: Prompt; set: AddressedSet }> {
  if (ref.prompt_id) {
    const prompt = await Prompt.query().findOne('id', ref.prompt_id);
    if (!prompt) throw notFound('prompt');
    const set = await requireSet(access, { set_id: prompt.setId }).catch((error: unknown) => {
      // Outside the key's projects the prompt is as missing as its set.
      throw error instanceof Error && 'code' in error && error.code === 'NOT_FOUND'
        ? notFound('prompt')
        : error;
    });
    return { prompt, set };
  }
  if (!ref.prompt) throw invalid('prompt_id', 'Say which prompt: by its id, or by its slug in a prompt set.');
  const set = await requireSet(access, ref);
  const draftId = await mainDraftId(set);
  const prompt = await Prompt.query().findOne({ draftId, slug: ref.prompt });
  if (!prompt) throw notFound('prompt');
  return { prompt, set };
}
