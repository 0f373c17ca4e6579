import { checkRenders } from '@anvil/core/template/partials';
import { sampleCall } from '@anvil/core/template/sample-call';
import { checkValues } from '@anvil/core/value';
import type { JsonObject, PromptContent } from '@anvil/core/prompt';
import type { z } from 'zod';
import { Prompt } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize } from '../auth/authorize.ts';
import { createParseCache } from '../render/parse-cache.ts';
import { areTooLarge, loadPartials, TEMPLATES_TOO_LARGE } from '../render/partials.ts';
import type { previewPromptInput, PreviewView } from '../schemas/prompts.ts';
import { findProblems, loadContents } from './contents.ts';
import type { Context } from './context.ts';
import { mainDraftId, requireSet, type AddressedSet } from './lookups.ts';

/** The size of the parse cache of one preview. */
const PARSED_BYTES = 16 * 1024 * 1024;

/**
 * Renders a content that need not be saved, with the given values filled up with examples. Whatever is wrong with
 * it comes back as problems and as the reason why there is no result: nothing here is an error of the call.
 *
 * @throws AppError NOT_FOUND no such set
 */
export async function previewPrompt(
  context: Context,
  input: z.output<typeof previewPromptInput>,
): Promise<PreviewView> {
  const access = authorize(context.actor, 'drafts.read', input.organisation);
  const { content } = input;
  const parse = createParseCache(PARSED_BYTES);
  const partials = await inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    return loadPartials(content, (slugs) => loadDraftContents(set, slugs), parse);
  });
  // Some of them are missing then, so nothing can be said about the others.
  if (areTooLarge([content, ...partials.values()])) {
    const values = { ...sampleCall(content, { parse }), ...input.values };
    return { problems: findProblems(content, parse), values, result: { error: TEMPLATES_TOO_LARGE } };
  }
  // A key that no slug can be stands for the prompt itself, which may not have one yet.
  const self = '(this prompt)';
  const problems = [
    ...findProblems(content, parse),
    ...checkRenders(new Map([...partials, [self, content]]), parse)
      .filter((problem) => problem.place.prompt === self)
      .map((problem) => ({ ...problem, place: { ...problem.place, prompt: undefined } })),
  ];
  const values: JsonObject = { ...sampleCall(content, { parse, partials }), ...input.values };
  const blocking = problems.find((problem) => problem.severity !== 'warning');
  if (blocking) return { problems, values, result: { error: blocking.message } };

  const checked = checkValues(content.parameters, values);
  if (!checked.ok) {
    return { problems, values, result: { error: checked.errors.map((one) => one.message).join(' ') } };
  }
  const rendered = await context.renderer.render({
    organisationId: access.organisationId,
    content,
    values: checked.values,
    partials: Object.fromEntries(partials),
  });
  if (!rendered.ok) return { problems, values, result: { error: rendered.message } };
  return { problems, values, result: rendered.output };
}

/** Reads prompts of the set's draft by their slugs. Has to run in a transaction. */
async function loadDraftContents(
  set: AddressedSet,
  slugs: readonly string[],
): Promise<Map<string, PromptContent>> {
  const rows = await Prompt.query()
    .select('slug', 'contentSha256')
    .where({ draftId: await mainDraftId(set) })
    .whereNull('archivedAt')
    .whereRaw('slug = any(?)', [slugs]);
  const contents = await loadContents(rows.map((row) => row.contentSha256));
  return new Map(
    rows.flatMap(({ slug, contentSha256 }) => {
      const stored = contents.get(contentSha256);
      return stored ? [[slug, stored.content] as const] : [];
    }),
  );
}
