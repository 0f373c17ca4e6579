import type { z } from 'zod';
import { Prompt } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize, type Access } from '../auth/authorize.ts';
import type { archivePromptInput, PromptView } from '../schemas/prompts.ts';
import { AppError } from '../errors.ts';
import { record } from './audit.ts';
import type { Context } from './context.ts';
import { requirePrompt, type AddressedSet } from './lookups.ts';
import { addressOf, promptView, revisionConflict } from './prompts.ts';
import { isPublished } from './versions/state.ts';

/**
 * Takes a prompt out of the draft. Versions that hold it keep it.
 *
 * @throws AppError CONFLICT `revision_conflict` when another request changed the prompt meanwhile, or archived it
 */
export async function archivePrompt(
  context: Context,
  input: z.output<typeof archivePromptInput>,
): Promise<PromptView> {
  return setArchived(context, input, true);
}

/**
 * Brings an archived prompt back into the draft, under its own slug.
 *
 * @throws AppError CONFLICT `revision_conflict` when another request changed the prompt meanwhile, or restored it
 */
export async function restorePrompt(
  context: Context,
  input: z.output<typeof archivePromptInput>,
): Promise<PromptView> {
  return setArchived(context, input, false);
}

async function setArchived(
  context: Context,
  input: z.output<typeof archivePromptInput>,
  archived: boolean,
): Promise<PromptView> {
  const access = authorize(context.actor, 'prompts.write', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const { prompt, set } = await requirePrompt(access, input);
    await requireArchiving(access, set, prompt);
    // One statement, so that of two requests at once only the first finds the state that it expects.
    const update = Prompt.query()
      .where({ id: prompt.id, revision: input.revision })
      .patch({ archivedAt: archived ? context.now() : null, updatedAt: context.now() });
    const changed = await (archived ? update.whereNull('archivedAt') : update.whereNotNull('archivedAt'));
    if (changed === 0) throw await stateConflict(set, prompt.id, archived);
    await record(context, {
      action: archived ? 'prompt.archive' : 'prompt.restore',
      subjectKind: 'prompt',
      subjectId: prompt.id,
      detail: { address: addressOf(set, prompt.slug) },
    });
    return promptView(set, prompt.id);
  });
}

/** The conflict of a request that expected another state, with the prompt as it is now. */
async function stateConflict(set: AddressedSet, promptId: string, archived: boolean): Promise<AppError> {
  const conflict = await revisionConflict(set, promptId);
  const { current } = conflict.data as { current: PromptView };
  if (current.archived !== archived) return conflict;
  const message = archived ? 'This prompt is already archived.' : 'This prompt isn’t archived.';
  return new AppError('CONFLICT', message, { reason: conflict.reason, data: { current } });
}

/** Whoever writes may archive what was never published; for what was, it takes an admin. */
async function requireArchiving(access: Access, set: AddressedSet, prompt: Prompt): Promise<void> {
  if (await isPublished(set, prompt.slug)) access.require('prompts.archivePublished');
}
