import { uuidv7 } from 'uuidv7';
import { Content, Prompt, Revision } from '#db/models/index.ts';
import type { ImportNote } from '../../schemas/imports.ts';
import { authorOf, record } from '../audit.ts';
import type { Context } from '../context.ts';
import { mainDraftId, type AddressedSet } from '../lookups.ts';
import { appendRevision, promptsWithRevision } from '../revisions.ts';
import type { ReadyRow } from './read-row.ts';

interface Written {
  created: number;
  updated: number;
  unchanged: number;
  notes: Omit<ImportNote, 'type'>[];
}

/** A prompt of the draft with how its newest revision came about. */
type Existing = Prompt & Pick<Revision, 'source'>;

/** Writes rows into the draft, in the transaction of the scope. */
export async function writeRows(
  context: Context,
  set: AddressedSet,
  rows: readonly ReadyRow[],
): Promise<Written> {
  const written: Written = { created: 0, updated: 0, unchanged: 0, notes: [] };
  if (rows.length === 0) return written;
  const draftId = await mainDraftId(set);
  const existing = await findExisting(draftId, rows);
  const fresh = rows.filter((row) => !existing.has(row.slug));
  const differing = rows.filter((row) => {
    const prompt = existing.get(row.slug);
    return prompt !== undefined && prompt.contentSha256 !== row.sha256;
  });
  written.unchanged = rows.length - fresh.length - differing.length;

  const changing = differing.filter((row) => {
    const why = reasonToLeave(existing.get(row.slug));
    if (why) written.notes.push({ row: row.row, kind: 'left', slug: row.slug, message: why });
    return !why;
  });
  await storeContents(set.organisationId, [...fresh, ...changing]);
  const created = await createPrompts(context, set, draftId, fresh);
  written.created = created.size;
  const late = fresh.filter((row) => !created.has(row.slug));
  // Another request created them at the same moment, most likely another run of the same file.
  const theirs = late.length > 0 ? await findExisting(draftId, late) : existing;
  for (const row of late) {
    if (theirs.get(row.slug)?.contentSha256 === row.sha256) written.unchanged++;
    else written.notes.push({ row: row.row, kind: 'left', slug: row.slug, message: EDITED });
  }
  for (const row of changing) {
    const revision = await appendRevision(context, existing.get(row.slug) as Existing, {
      contentSha256: row.sha256,
      source: 'import',
    });
    if (revision !== undefined) written.updated++;
    else written.notes.push({ row: row.row, kind: 'left', slug: row.slug, message: EDITED });
  }
  if (written.created + written.updated > 0) {
    const { created, updated } = written;
    await record(context, {
      action: 'prompts.import',
      subjectKind: 'prompt_set',
      subjectId: set.id,
      detail: { address: `${set.projectSlug}/${set.slug}`, created, updated },
    });
  }
  return written;
}

const EDITED = 'This prompt was edited since its import. It stays as it is.';

function reasonToLeave(prompt: Existing | undefined): string | undefined {
  if (prompt?.archivedAt) return 'This prompt is archived. It stays as it is.';
  return prompt?.source === 'save' ? EDITED : undefined;
}

async function findExisting(draftId: string, rows: readonly ReadyRow[]): Promise<Map<string, Existing>> {
  const found = (await promptsWithRevision()
    .select('prompts.*', 'revisions.source')
    .where('prompts.draft_id', draftId)
    .whereRaw('prompts.slug = any(?)', [rows.map((row) => row.slug)])) as Existing[];
  return new Map(found.map((prompt) => [prompt.slug, prompt]));
}

async function storeContents(organisationId: string, rows: readonly ReadyRow[]): Promise<void> {
  if (rows.length === 0) return;
  await Content.query()
    .insert(rows.map(({ sha256, body, renders }) => ({ organisationId, sha256, body, renders })))
    .onConflict(['organisation_id', 'sha256'])
    .ignore();
}

/** @returns the slugs of those that were made; one that somebody took at the same moment is left */
async function createPrompts(
  context: Context,
  set: AddressedSet,
  draftId: string,
  rows: readonly ReadyRow[],
): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const { organisationId, id: setId } = set;
  const made = rows.map((row) => ({ ...row, id: uuidv7() }));
  await Prompt.query()
    .insert(
      made.map(({ id, slug, name, sha256 }) => ({
        organisationId,
        id,
        draftId,
        setId,
        slug,
        name,
        revision: 1,
        contentSha256: sha256,
      })),
    )
    .onConflict(['organisation_id', 'draft_id', 'slug'])
    .ignore();
  const there = await Prompt.query()
    .select('id')
    .whereRaw('id = any(?)', [made.map((row) => row.id)]);
  const ids = new Set(there.map((prompt) => prompt.id));
  const created = made.filter((row) => ids.has(row.id));
  if (created.length > 0) {
    const author = authorOf(context);
    await Revision.query().insert(
      created.map(({ id, sha256 }) => ({
        organisationId,
        promptId: id,
        number: 1,
        contentSha256: sha256,
        source: 'import' as const,
        ...author,
      })),
    );
  }
  return new Set(created.map(({ slug }) => slug));
}
