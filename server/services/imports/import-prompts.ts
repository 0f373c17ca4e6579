import { checkSlug } from '@anvil/core/slug';
import type { z } from 'zod';
import { PromptSet } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { IMPORT_LIMITS } from '#db/timeouts.ts';
import { authorize, type Access } from '../../auth/authorize.ts';
import { AppError, invalid, notFound } from '../../errors.ts';
import type {
  ImportNote,
  importPromptsInput,
  ImportProgress,
  ImportReport,
  ImportRow,
} from '../../schemas/imports.ts';
import type { Context } from '../context.ts';
import { requireProject, requireSet, type AddressedSet } from '../lookups.ts';
import { createPromptSet } from '../prompt-sets.ts';
import { createTimeSlices } from '../time-slices.ts';
import { createRowReader, type ReadyRow } from './read-row.ts';
import { writeRows } from './write-rows.ts';

type ImportInput = z.output<typeof importPromptsInput>;

/** Most rows of one import (product.md 4). */
export const IMPORT_MAX_ROWS = 100_000;

/** Rows that are written in one transaction: a killed import loses at most these, and its repetition writes them. */
const CHUNK_ROWS = 50;
/** The same in characters, so that a chunk of large prompts needs little memory. */
const CHUNK_LENGTH = 1_048_576;

/**
 * Imports prompts, in the order of the file. Rows match prompts by slug, numbered by the file alone, so a second
 * run of the same file finds the same prompts: an equal row changes nothing, another text is a new revision, and a
 * prompt that was edited after its import is left alone. A bad row is reported by its number and stops nothing.
 *
 * @param rows read as they are needed, so that a large file needs little memory. An error that they throw ends the
 *   import; what was reported as written stays.
 * @param tell called for each note and after each transaction, in order
 * @throws AppError NOT_FOUND no such project, or no such set by id · UNPROCESSABLE_CONTENT at field `set`: a new set
 *   needs a slug · PAYLOAD_TOO_LARGE `import.too_many_rows`: the first 100,000 are imported
 */
export async function importPrompts(
  context: Context,
  input: ImportInput,
  rows: AsyncIterable<ImportRow>,
  tell: (line: ImportNote | ImportProgress) => void,
): Promise<ImportReport> {
  const access = authorize(context.actor, 'prompts.write', input.organisation);
  const { organisationId } = access;
  let set = await inOrganisation(context.database, organisationId, () => findSet(access, input));

  const placeholders = { dollar: 0, mustache: 0, liquid: 0 };
  const counts = { rows: 0, created: 0, updated: 0, unchanged: 0, left: 0, failed: 0, numbered: 0 };
  const note = (one: Omit<ImportNote, 'type'>): void => {
    counts[one.kind]++;
    tell({ type: 'note', ...one });
  };
  const readRow = createRowReader(input.placeholders);
  const giveWay = createTimeSlices();
  let chunk: ReadyRow[] = [];
  let chunkLength = 0;

  const flush = async (): Promise<AddressedSet> => {
    // Not before there is something to write: a file that is no list of prompts leaves nothing behind.
    set ??= await makeSet(context, access, input);
    const written = await writeChunk(context, set, chunk);
    chunk = [];
    chunkLength = 0;
    counts.created += written.created;
    counts.updated += written.updated;
    counts.unchanged += written.unchanged;
    for (const one of written.notes) note(one);
    tell({ type: 'progress', ...counts, placeholders: { ...placeholders } });
    return set;
  };

  for await (const row of rows) {
    if (counts.rows === IMPORT_MAX_ROWS) {
      await flush();
      throw tooManyRows();
    }
    counts.rows++;
    const read = readRow(row);
    if ('message' in read) {
      note({ row: row.row, kind: 'failed', slug: read.slug, message: read.message });
    } else {
      chunk.push(read);
      chunkLength += read.body.length;
      for (const kind of SIGNS) placeholders[kind] += Number(read.signs[kind]);
      if (read.isNumbered) note({ row: read.row, kind: 'numbered', slug: read.slug, message: NUMBERED });
    }
    if (chunk.length >= CHUNK_ROWS || chunkLength >= CHUNK_LENGTH) await flush();
    await giveWay();
  }
  const { projectSlug, slug } = await flush();
  return { type: 'report', address: `${projectSlug}/${slug}`, ...counts, placeholders };
}

const SIGNS = ['dollar', 'mustache', 'liquid'] as const;
const NUMBERED = 'An earlier row has the same slug, so this one got a number.';

function tooManyRows(): AppError {
  return new AppError(
    'PAYLOAD_TOO_LARGE',
    'An import has at most 100,000 rows, and these are imported. Put the other rows into another file.',
    { reason: 'import.too_many_rows' },
  );
}

/** @returns the set; undefined when it is still to be made, and can be */
async function findSet(access: Access, input: ImportInput): Promise<AddressedSet | undefined> {
  if (input.set_id) return requireSet(access, input);
  const project = await requireProject(access, input.project ?? '');
  if (!input.set) throw notFound('prompt set');
  const exists = await PromptSet.query().findOne({ projectId: project.id, slug: input.set });
  if (exists) return requireSet(access, { project: project.slug, set: input.set });
  const wrong = checkSlug(input.set);
  if (wrong) throw invalid('set', wrong);
  return undefined;
}

async function makeSet(context: Context, access: Access, input: ImportInput): Promise<AddressedSet> {
  const { project = '', set: slug = '' } = input;
  try {
    await createPromptSet(context, { ...input, project, name: slug, slug, description: '' });
  } catch (error) {
    // Another import made it meanwhile.
    if (!(error instanceof AppError && error.reason === 'slug_taken')) throw error;
  }
  return inOrganisation(context.database, access.organisationId, async () => {
    const { slug: projectSlug } = await requireProject(access, project);
    return requireSet(access, { project: projectSlug, set: slug });
  });
}

async function writeChunk(context: Context, set: AddressedSet, chunk: ReadyRow[]) {
  return inOrganisation(
    context.database,
    set.organisationId,
    () => writeRows(context, set, chunk),
    IMPORT_LIMITS,
  );
}
