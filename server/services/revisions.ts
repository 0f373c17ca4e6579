import type { z } from 'zod';
import { Prompt, Revision } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize } from '../auth/authorize.ts';
import { notFound } from '../errors.ts';
import type { Page } from '../schemas/common.ts';
import type { listRevisionsInput, PromptView, revisionRef, RevisionView } from '../schemas/prompts.ts';
import { authorOf } from './audit.ts';
import { loadAuthors } from './authors.ts';
import { loadContent } from './contents.ts';
import type { Context } from './context.ts';
import { requirePrompt } from './lookups.ts';
import { decodeCursor, toPage } from './pages.ts';

/** The saved states of a prompt, the newest first. */
export async function listRevisions(
  context: Context,
  input: z.output<typeof listRevisionsInput>,
): Promise<Page<RevisionView>> {
  const access = authorize(context.actor, 'drafts.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const { prompt } = await requirePrompt(access, input);
    const query = Revision.query()
      .where({ promptId: prompt.id })
      .orderBy('number', 'desc')
      .limit(input.limit + 1);
    const after = decodeCursor(input.cursor, 'integer');
    if (after !== undefined) query.where('number', '<', after);
    const rows = await query;
    const author = await loadAuthors(rows);
    return toPage(
      rows.map((row) => revisionView(row, author(row))),
      input.limit,
      (revision) => revision.number,
    );
  });
}

/** One saved state with its content. @throws AppError NOT_FOUND */
export async function getRevision(
  context: Context,
  input: z.output<typeof revisionRef>,
): Promise<RevisionView & { content: PromptView['content'] }> {
  const access = authorize(context.actor, 'drafts.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const { prompt } = await requirePrompt(access, input);
    const row = await Revision.query().findOne({ promptId: prompt.id, number: input.number });
    if (!row) throw notFound('revision');
    const author = await loadAuthors([row]);
    return { ...revisionView(row, author(row)), content: await loadContent(row.contentSha256) };
  });
}

function revisionView(row: Revision, author: RevisionView['author']): RevisionView {
  const { number, contentSha256, source, createdAt } = row;
  return { number, sha256: contentSha256, source, created_at: createdAt.toISOString(), author };
}

/** Prompts beside their newest revision; what is wanted of both is for the caller to select. */
export function promptsWithRevision() {
  return Prompt.query().join('revisions', (join) =>
    join
      .on('revisions.organisation_id', 'prompts.organisation_id')
      .andOn('revisions.prompt_id', 'prompts.id')
      .andOn('revisions.number', 'prompts.revision'),
  );
}

/**
 * Appends a revision to the one that `prompt` was read with, in the transaction of the scope. Its content is stored
 * already.
 *
 * @param revision without a name the prompt keeps its own
 * @returns its number, or `undefined` if another request saved, renamed or archived the prompt meanwhile
 */
export async function appendRevision(
  context: Context,
  prompt: Prompt,
  {
    name = prompt.name,
    contentSha256,
    source,
  }: Pick<Revision, 'contentSha256' | 'source'> & { name?: string },
): Promise<number | undefined> {
  const number = prompt.revision + 1;
  const raised = await Prompt.query()
    .where({ id: prompt.id, revision: prompt.revision })
    .whereNull('archivedAt')
    .patch({ name, contentSha256, revision: number, updatedAt: context.now() });
  if (raised === 0) return undefined;
  const { organisationId, id: promptId } = prompt;
  await Revision.query().insert({
    ...{ organisationId, promptId, number, contentSha256, source },
    ...authorOf(context),
  });
  return number;
}
