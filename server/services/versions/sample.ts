import type { JsonObject } from '@anvil/core/prompt';
import { sampleCall } from '@anvil/core/template/sample-call';
import type { z } from 'zod';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize } from '../../auth/authorize.ts';
import { notFound } from '../../errors.ts';
import { loadPartials } from '../../render/partials.ts';
import type { versionPromptRef } from '../../schemas/versions.ts';
import { loadContentsBySlug } from '../contents.ts';
import type { Context } from '../context.ts';
import { requireSet } from '../lookups.ts';
import { requireVersion } from './read.ts';
import { stateAt } from './state.ts';

/**
 * Makes values to call a prompt of a version with, from what it and the prompts that it renders read.
 *
 * @throws AppError NOT_FOUND
 */
export async function sampleVersionPrompt(
  context: Context,
  input: z.output<typeof versionPromptRef>,
): Promise<{ values: JsonObject }> {
  const access = authorize(context.actor, 'prompts.read', input.organisation);
  const { content, partials } = await inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    const { ordinal } = await requireVersion(set, input.number);
    const load = async (slugs: string[]) => loadContentsBySlug(await stateAt(set, ordinal, slugs));
    const found = (await load([input.prompt])).get(input.prompt);
    if (!found) throw notFound('prompt');
    return { content: found, partials: await loadPartials(found, load) };
  });
  return { values: sampleCall(content, { partials }) };
}
