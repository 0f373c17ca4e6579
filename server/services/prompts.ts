import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { violatedConstraint } from '#db/errors.ts';
import { Prompt, Revision } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize, type Access } from '../auth/authorize.ts';
import { AppError, invalid } from '../errors.ts';
import type { Page } from '../schemas/common.ts';
import type {
  createPromptInput,
  listPromptsInput,
  PromptRef,
  PromptSummary,
  PromptView,
  updatePromptInput,
} from '../schemas/prompts.ts';
import { authorOf, record } from './audit.ts';
import { loadAuthors } from './authors.ts';
import { summariseContents } from './content-summaries.ts';
import { findStoredProblems, loadContent, refuseUnsavable, storeContent } from './contents.ts';
import type { Context } from './context.ts';
import { mainDraftId, requirePrompt, requireSet, type AddressedSet } from './lookups.ts';
import { decodeCursor, toPage } from './pages.ts';
import { appendRevision, promptsWithRevision } from './revisions.ts';
import { isAfterSlug, slugOrder } from './slug-order.ts';
import { freeSlug, refuseReservedSlug, slugTaken } from './slugs.ts';
import { findDraftChanges, newestReleased } from './versions/draft-changes.ts';

/** A prompt with the author and the time of its newest revision. */
type PromptRow = Prompt & Pick<Revision, 'authorKind' | 'authorId'> & { savedAt: Date };

function promptsWithAuthor() {
  return promptsWithRevision().select(
    'prompts.*',
    'revisions.author_kind',
    'revisions.author_id',
    'revisions.created_at as saved_at',
  );
}

/** Lists the prompts of the set's draft by slug, each with what changed in it since the newest release. */
export async function listPrompts(
  context: Context,
  input: z.output<typeof listPromptsInput>,
): Promise<Page<PromptSummary>> {
  const access = authorize(context.actor, 'drafts.read', input.organisation);
  const { organisationId } = access;
  const read = await inOrganisation(context.database, organisationId, () => readPage(access, input));
  const { set, rows, contents, released, author } = read;
  const draft = new Map(rows.map((row) => [row.slug, row.contentSha256]));
  const changes = await findDraftChanges(context, organisationId, { released, draft });
  const summaries = rows.flatMap((row): PromptSummary[] => {
    const content = contents.get(row.contentSha256);
    if (!content) return [];
    return [
      {
        id: row.id,
        slug: row.slug,
        address: addressOf(set, row.slug),
        name: row.name,
        ...content,
        revision: row.revision,
        sha256: row.contentSha256,
        change: changes.get(row.slug) ?? null,
        archived: row.archivedAt !== null,
        updated_at: row.savedAt.toISOString(),
        updated_by: author(row),
      },
    ];
  });
  return toPage(summaries, input.limit, (summary) => summary.slug);
}

/** One page of the draft's prompts, and what else is read in the same transaction. */
async function readPage(access: Access, input: z.output<typeof listPromptsInput>) {
  const set = await requireSet(access, input);
  const query = promptsWithAuthor()
    .where('prompts.draft_id', await mainDraftId(set))
    .orderByRaw(slugOrder('prompts.slug'))
    .limit(input.limit + 1);
  if (input.archived) query.whereNotNull('prompts.archived_at');
  else query.whereNull('prompts.archived_at');
  const after = decodeCursor(input.cursor, 'text');
  if (after !== undefined) query.whereRaw(isAfterSlug(['prompts.slug'], [':after']), { after });
  if (input.search !== undefined) {
    query.whereRaw('(strpos(prompts.slug, :text) > 0 or strpos(lower(prompts.name), :text) > 0)', {
      text: input.search.toLowerCase(),
    });
  }
  const rows = (await query) as PromptRow[];
  const contents = await summariseContents(rows.map((row) => row.contentSha256));
  const released = await newestReleased(
    set,
    rows.map((row) => row.slug),
  );
  return { set, rows, contents, released, author: await loadAuthors(rows) };
}

/** @throws AppError NOT_FOUND */
export async function getPrompt(context: Context, input: PromptRef): Promise<PromptView> {
  const access = authorize(context.actor, 'drafts.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const { prompt, set } = await requirePrompt(access, input);
    return promptView(set, prompt.id);
  });
}

/**
 * Adds a prompt to the draft, as its first revision.
 *
 * @throws AppError CONFLICT `slug_taken`, `slug_reserved` · UNPROCESSABLE_CONTENT `content.invalid`
 */
export async function createPrompt(
  context: Context,
  input: z.output<typeof createPromptInput>,
): Promise<PromptView> {
  const access = authorize(context.actor, 'prompts.write', input.organisation);
  refuseUnsavable(input.content);
  return inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    const draftId = await mainDraftId(set);
    if (input.slug) await refuseReservedSlug(set.id, input.slug);
    const slug =
      input.slug ??
      (await freeSlug({
        parentId: set.id,
        name: input.name,
        fallback: 'prompt',
        siblings: Prompt.query().where({ draftId }),
      }));
    const id = await insertPrompt(context, set, { ...input, draftId, slug });
    await record(context, {
      action: 'prompt.create',
      subjectKind: 'prompt',
      subjectId: id,
      detail: { address: addressOf(set, slug) },
    });
    return promptView(set, id);
  });
}

/** The rows of a new prompt: content, prompt, revision 1. @returns the id of the prompt */
async function insertPrompt(
  context: Context,
  set: AddressedSet,
  input: { draftId: string; slug: string; name: string; content: PromptView['content'] },
): Promise<string> {
  const { organisationId } = set;
  const contentSha256 = await storeContent(input.content);
  const id = uuidv7();
  const { draftId, slug, name } = input;
  await Prompt.query()
    .insert({ organisationId, id, draftId, setId: set.id, slug, name, revision: 1, contentSha256 })
    .catch((error: unknown) => {
      throw violatedConstraint(error) === 'prompts_slug_key'
        ? slugTaken(slug, 'prompt', 'Choose another one, or restore it if it is archived.')
        : error;
    });
  await Revision.query().insert({
    organisationId,
    promptId: id,
    number: 1,
    contentSha256,
    source: 'save',
    ...authorOf(context),
  });
  return id;
}

/**
 * Saves a prompt as its next revision. The same name and content again change nothing and make no revision.
 *
 * @throws AppError CONFLICT `revision_conflict` when somebody saved in between, with the current prompt in `data` ·
 *   UNPROCESSABLE_CONTENT `content.invalid` · NOT_FOUND
 */
export async function updatePrompt(
  context: Context,
  input: z.output<typeof updatePromptInput>,
): Promise<PromptView> {
  const access = authorize(context.actor, 'prompts.write', input.organisation);
  if (input.content) refuseUnsavable(input.content);
  return inOrganisation(context.database, access.organisationId, async () => {
    const { prompt, set } = await requirePrompt(access, input);
    if (prompt.archivedAt) throw archivedError();
    if (prompt.revision !== input.revision) throw await revisionConflict(set, prompt.id);
    const name = input.name ?? prompt.name;
    const contentSha256 = input.content ? await storeContent(input.content) : prompt.contentSha256;
    const isNewContent = contentSha256 !== prompt.contentSha256;
    if (isNewContent || name !== prompt.name) {
      // A new name says nothing about who wrote the text, which decides whether an import may replace it.
      const source = isNewContent ? 'save' : await sourceOf(prompt);
      const revision = await appendRevision(context, prompt, { name, contentSha256, source });
      if (revision === undefined) throw await revisionConflict(set, prompt.id);
      await record(context, {
        action: 'prompt.save',
        subjectKind: 'prompt',
        subjectId: prompt.id,
        detail: { address: addressOf(set, prompt.slug), revision },
      });
    }
    return promptView(set, prompt.id);
  });
}

/** How the newest revision of a prompt came about. */
async function sourceOf({ id: promptId, revision: number }: Prompt): Promise<Revision['source']> {
  const revision = await Revision.query().select('source').findOne({ promptId, number });
  return revision?.source ?? 'save';
}

/** A prompt of the draft as it is now. */
export async function promptView(set: AddressedSet, promptId: string): Promise<PromptView> {
  const row = (await promptsWithAuthor().where('prompts.id', promptId).first()) as PromptRow;
  const content = await loadContent(row.contentSha256);
  const author = await loadAuthors([row]);
  return {
    id: row.id,
    set_id: set.id,
    slug: row.slug,
    address: addressOf(set, row.slug),
    name: row.name,
    kind: content.kind,
    revision: row.revision,
    sha256: row.contentSha256,
    archived: row.archivedAt !== null,
    updated_at: row.savedAt.toISOString(),
    updated_by: author(row),
    content,
    problems: findStoredProblems({ sha256: row.contentSha256, content }),
  };
}

/** The conflict of a save on an older revision, with the prompt as it is now. */
export async function revisionConflict(set: AddressedSet, promptId: string): Promise<AppError> {
  const current = await promptView(set, promptId);
  return new AppError(
    'CONFLICT',
    `${current.updated_by.name} saved revision ${current.revision} while you were writing. Nothing is lost: compare the two and save again.`,
    { reason: 'revision_conflict', data: { current } },
  );
}

function archivedError(): AppError {
  return invalid('prompt_id', 'This prompt is archived. Restore it first, then save.', 'archived');
}

export function addressOf(set: AddressedSet, slug: string): string {
  return `${set.projectSlug}/${set.slug}/${slug}`;
}
