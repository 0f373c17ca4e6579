import { checkLabelName } from '@anvil/core/address';
import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { Label, LabelMove, Version } from '#db/models/index.ts';
import { currentTransaction, inOrganisation } from '#db/tenancy.ts';
import { authorize } from '../auth/authorize.ts';
import { AppError, invalid, notFound } from '../errors.ts';
import type { AuthorView, Page } from '../schemas/common.ts';
import type {
  LabelMoveView,
  LabelView,
  listLabelMovesInput,
  listLabelsInput,
  moveLabelInput,
  removeLabelInput,
} from '../schemas/labels.ts';
import { authorOf, record } from './audit.ts';
import { loadAuthors } from './authors.ts';
import type { Context } from './context.ts';
import { announce } from './events.ts';
import { requireSet, type AddressedSet } from './lookups.ts';
import { decodeCursor, toPage } from './pages.ts';
import { requireVersion } from './versions/read.ts';
import { newestRelease, versionNumbers } from './versions/state.ts';

/** More labels than this on one set help nobody, and keep the list one page. */
const LABELS_MAX = 100;

/** The labels of a set: `latest` first, then by name. */
export async function listLabels(
  context: Context,
  input: z.output<typeof listLabelsInput>,
): Promise<Page<LabelView>> {
  const access = authorize(context.actor, 'prompts.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    return { data: await labelViews(set), meta: { cursor: null, has_more: false } };
  });
}

async function labelViews(set: AddressedSet): Promise<LabelView[]> {
  const numbers = await versionNumbers(set);
  const numberOf = new Map(numbers.map((version) => [version.ordinal, version.number]));
  const labels = await Label.query().where({ setId: set.id }).orderBy('name');
  const moves = await newestMoves(set);
  const author = await loadAuthors([...moves.values()]);
  const views = labels.map((label): LabelView => {
    const move = moves.get(label.name);
    if (!move) throw new Error(`The label ${label.name} has no history`);
    return {
      name: label.name,
      version: numberOf.get(label.ordinal) ?? '',
      automatic: false,
      moved_at: label.movedAt.toISOString(),
      moved_by: author(move),
    };
  });
  const newest = newestRelease(numbers);
  const latest = newest && (await Version.query().findOne({ setId: set.id, ordinal: newest.ordinal }));
  if (!latest) return views;
  const publisher = await loadAuthors([latest]);
  const moved_at = latest.createdAt.toISOString();
  return [
    { name: 'latest', version: latest.number, automatic: true, moved_at, moved_by: publisher(latest) },
    ...views,
  ];
}

/** The newest entry of each label's history. */
async function newestMoves(set: AddressedSet): Promise<Map<string, LabelMove>> {
  const rows = await LabelMove.query()
    .distinctOn('name')
    .where({ setId: set.id })
    .orderBy([{ column: 'name' }, { column: 'id', order: 'desc' }]);
  return new Map(rows.map((row) => [row.name, row]));
}

/**
 * Makes a label name another version, or makes a new label. Rolling back is the same call with an older version.
 *
 * @throws AppError CONFLICT `label_moved` somebody else moved it first · UNPROCESSABLE_CONTENT wrong name ·
 *   NOT_FOUND no such version
 */
export async function moveLabel(
  context: Context,
  input: z.output<typeof moveLabelInput>,
): Promise<LabelView> {
  const access = authorize(context.actor, 'labels.move', input.organisation);
  const wrong = checkLabelName(input.name);
  if (wrong) throw invalid('name', wrong);
  return inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    const target = await requireVersion(set, input.to);
    const from = input.from === null ? null : await requireVersion(set, input.from);
    const { organisationId, id: setId } = set;
    const { name } = input;
    if (from) {
      const moved = await Label.query()
        .where({ setId, name, ordinal: from.ordinal })
        .patch({ ordinal: target.ordinal, movedAt: context.now() });
      if (moved === 0) throw await labelMoved(set, name);
    } else {
      if ((await Label.query().where({ setId }).resultSize()) >= LABELS_MAX) {
        throw invalid('name', `This set has ${LABELS_MAX} labels. Take one off first.`);
      }
      // Two people making the same label: the second finds a row. (Objection would answer with the input all the same.)
      const made = await currentTransaction()
        .table('labels')
        .insert({ organisationId, setId, name, ordinal: target.ordinal, movedAt: context.now() })
        .onConflict(['organisation_id', 'set_id', 'name'])
        .ignore()
        .returning<{ name: string }[]>('name');
      if (made.length === 0) throw await labelMoved(set, name);
    }
    await writeMove(context, set, {
      name,
      from: from?.ordinal ?? null,
      to: target.ordinal,
      reason: input.reason,
    });
    const view = (await labelViews(set)).find((label) => label.name === name);
    return view as LabelView;
  });
}

/**
 * Takes a label off. Its history stays.
 *
 * @throws AppError CONFLICT `label_moved` · NOT_FOUND
 */
export async function removeLabel(context: Context, input: z.output<typeof removeLabelInput>): Promise<void> {
  const access = authorize(context.actor, 'labels.move', input.organisation);
  await inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    const { name } = input;
    if (name === 'latest') throw invalid('name', '`latest` is moved automatically and can’t be removed.');
    const from = await requireVersion(set, input.from);
    const removed = await Label.query().where({ setId: set.id, name, ordinal: from.ordinal }).delete();
    if (removed === 0) throw await labelMoved(set, name);
    await writeMove(context, set, { name, from: from.ordinal, to: null, reason: input.reason });
  });
}

/** Where a label has been, the newest first. */
export async function listLabelMoves(
  context: Context,
  input: z.output<typeof listLabelMovesInput>,
): Promise<Page<LabelMoveView>> {
  const access = authorize(context.actor, 'prompts.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    const query = LabelMove.query()
      .where({ setId: set.id, name: input.name })
      .orderBy('id', 'desc')
      .limit(input.limit + 1);
    const after = decodeCursor(input.cursor, 'uuid');
    if (after !== undefined) query.where('id', '<', after);
    const page = toPage(await query, input.limit, (move) => move.id);
    if (page.data.length === 0 && !input.cursor) throw notFound('label');
    const numberOf = new Map((await versionNumbers(set)).map((version) => [version.ordinal, version.number]));
    const author = await loadAuthors(page.data);
    const view = (move: LabelMove, by: AuthorView): LabelMoveView => ({
      from: move.fromOrdinal === null ? null : (numberOf.get(move.fromOrdinal) ?? null),
      to: move.toOrdinal === null ? null : (numberOf.get(move.toOrdinal) ?? null),
      reason: move.reason,
      created_at: move.createdAt.toISOString(),
      author: by,
    });
    return { ...page, data: page.data.map((move) => view(move, author(move))) };
  });
}

async function writeMove(
  context: Context,
  set: AddressedSet,
  move: { name: string; from: number | null; to: number | null; reason: string },
): Promise<void> {
  const { organisationId, id: setId } = set;
  await LabelMove.query().insert({
    organisationId,
    setId,
    id: uuidv7(),
    name: move.name,
    fromOrdinal: move.from,
    toOrdinal: move.to,
    reason: move.reason,
    ...authorOf(context),
  });
  await record(context, {
    action: move.to === null ? 'label.remove' : 'label.move',
    subjectKind: 'prompt_set',
    subjectId: setId,
    detail: {
      address: `${set.projectSlug}/${set.slug}`,
      label: move.name,
      from: move.from,
      to: move.to,
      reason: move.reason,
    },
  });
  await announce(context, { kind: 'set', organisationId, setId });
}

async function labelMoved(set: AddressedSet, name: string): Promise<AppError> {
  const label = await Label.query().findOne({ setId: set.id, name });
  const version = label && (await Version.query().findOne({ setId: set.id, ordinal: label.ordinal }));
  const message = version
    ? `\`${name}\` now points to ${version.number}. Reload and try again.`
    : `There is no label \`${name}\` on this set any more.`;
  return new AppError('CONFLICT', message, {
    reason: 'label_moved',
    data: { version: version?.number ?? null },
  });
}
