import type { z } from 'zod';
import { Prompt } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize, type Access } from '../auth/authorize.ts';
import type { archivePromptInput, PromptView } from '../schemas/prompts.ts';
import { record } from './audit.ts';
import type { Context } from './context.ts';
import { requirePrompt, type AddressedSet } from './lookups.ts';
import { addressOf, promptView, revisionConflict } from './prompts.ts';
import { isPublished } from './versions/state.ts';

/** Takes a prompt out of the draft. Versions that hold it keep it. */
export async function archivePrompt(
  context: Context,
  input: z.output<typeof archivePromptInput>,
): Promise<PromptView> {
  return setArchived(context, input, true);
}

/** Brings an archived prompt back into the draft, under its own slug. */
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
    if (prompt.revision !== input.revision) throw await revisionConflict(set, prompt.id);
    if ((prompt.archivedAt !== null) !== archived) {
      const archivedAt = archived ? context.now() : null;
      await Prompt.query().findOne('id', prompt.id).patch({ archivedAt });
      await record(context, {
        action: archived ? 'prompt.archive' : 'prompt.restore',
        subjectKind: 'prompt',
        subjectId: prompt.id,
        detail: { address: addressOf(set, prompt.slug) },
      });
    }
    return promptView(set, prompt.id);
  });
}

/** Whoever writes may archive what was never published; for what was, it takes an admin. */
async function requireArchiving(access: Access, set: AddressedSet, prompt: Prompt): Promise<void> {
  if (await isPublished(set, prompt.slug)) access.require('prompts.archivePublished');
}
