import { isJudged } from '@anvil/core/contract/changes';
import { ENGINE } from '@anvil/core/template/engine';
import { checkRequestedVersion } from '@anvil/core/next-version';
import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { violatedConstraint } from '#db/errors.ts';
import { Prompt, PromptSet, Version, VersionChange } from '#db/models/index.ts';
import { currentTransaction, inOrganisation } from '#db/tenancy.ts';
import { authorize } from '../../auth/authorize.ts';
import { AppError, invalid } from '../../errors.ts';
import type { publishVersionInput, VersionView } from '../../schemas/versions.ts';
import { authorOf, record } from '../audit.ts';
import type { Context } from '../context.ts';
import { announce } from '../events.ts';
import { mainDraftId } from '../lookups.ts';
import { reserveSlugs } from '../slugs.ts';
import { changedSlugs } from './compare-states.ts';
import { nextVersionView, propose, type Proposal } from './proposal.ts';
import { versionViews } from './read.ts';
import { draftState, stateAt } from './state.ts';

/** How often a publication is judged anew when others publish or save in between, before it gives up. */
const ATTEMPTS_MAX = 20;

/**
 * Publishes the draft as an immutable version: number, changelog, checksum and change rows in one transaction.
 *
 * The draft has to be the one that the caller saw (`checksum`). Two at once get two consecutive numbers or one
 * clear conflict: counting the ordinal locks the set's row, and who finds that the set has moved since it was
 * judged judges again.
 *
 * @throws AppError CONFLICT `nothing_changed`, `draft_changed` (with the new proposal in `data`) · UNPROCESSABLE_CONTENT
 *   `version.refused`, `draft.invalid` · NOT_FOUND
 */
export async function publishVersion(
  context: Context,
  input: z.output<typeof publishVersionInput>,
): Promise<VersionView> {
  const access = authorize(context.actor, 'versions.publish', input.organisation);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const proposal = await propose(context, access, input);
    const number = chooseNumber(proposal, input);
    const published = await inOrganisation(context.database, access.organisationId, () =>
      write(context, proposal, number, input.changelog),
    );
    if (published) return published;
  }
  throw new AppError('CONFLICT', 'Others kept publishing this set at the same moment. Try again.', {
    reason: 'busy',
  });
}

/** The number to publish as. @throws AppError when the proposal can't be published, or not as that number */
function chooseNumber(proposal: Proposal, input: z.output<typeof publishVersionInput>): string {
  const { base, checksum, obstacle, problems } = proposal;
  const unchanged = base?.checksum === checksum;
  if (unchanged) {
    throw new AppError('CONFLICT', `Nothing has changed since ${base.number}.`, {
      reason: 'nothing_changed',
    });
  }
  if (input.checksum !== checksum) {
    throw new AppError('CONFLICT', 'The draft changed in the meantime. Review the changes, then publish.', {
      reason: 'draft_changed',
      data: { next_version: nextVersionView(proposal) },
    });
  }
  if (obstacle) {
    throw new AppError('UNPROCESSABLE_CONTENT', obstacle, { reason: 'draft.invalid', data: { problems } });
  }
  const existing = proposal.numbers.map((version) => version.number);
  const { level, changes } = proposal.comparison;
  const requested = input.number ?? proposal.number;
  if (requested === undefined || level === 'none') throw new Error('A draft without obstacle has no number');
  const reason = changes.find((change) => change.level === level && isJudged(change.rule))?.sentence;
  const checked = checkRequestedVersion({ requested, existing, base: base?.number, level, reason });
  if (!checked.ok) throw invalid('number', checked.message, 'version.refused');
  return checked.version;
}

/** @returns the version, or `undefined` when the set or its draft has moved since the proposal was made */
async function write(
  context: Context,
  proposal: Proposal,
  number: string,
  changelog: string,
): Promise<VersionView | undefined> {
  const { set, draft, checksum, comparison, base } = proposal;
  const { organisationId, id: setId } = set;
  // The lock comes before everything else is read, so that nothing of it can move any more.
  const locked = await PromptSet.query().findOne({ id: setId }).forUpdate();
  if (locked?.lastOrdinal !== set.lastOrdinal) return undefined;
  if (changedSlugs(await draftState(set), draft).length > 0) return undefined;
  const ordinal = locked.lastOrdinal + 1;
  await PromptSet.query().findOne({ id: setId }).patch({ lastOrdinal: ordinal });

  const author = authorOf(context);
  await Version.query()
    .insert({
      organisationId,
      setId,
      ordinal,
      id: uuidv7(),
      number,
      checksum,
      changelog,
      level: comparison.level === 'none' ? 'patch' : comparison.level,
      behaviour: comparison.behaviour,
      changes: comparison.changes,
      baseNumber: base?.number ?? null,
      promptCount: draft.size,
      engine: ENGINE,
      ...author,
      draftChange: await nextDraftChange(),
    })
    .catch((error: unknown) => {
      if (violatedConstraint(error) !== 'versions_number_key') throw error;
      throw invalid('number', `${number} is used already. Numbers once used are used up.`, 'version.refused');
    });

  // The difference to the version before, whatever it continued: that is what the state of a version is read from.
  // Nearly always that is the release compared with, which was read already and never changes.
  const previous = (base?.ordinal ?? 0) === ordinal - 1 ? proposal.released : await stateAt(set, ordinal - 1);
  const changed = changedSlugs(previous, draft);
  if (changed.length > 0) {
    await VersionChange.query().insert(
      changed.map((slug) => ({
        organisationId,
        setId,
        slug,
        fromOrdinal: ordinal,
        contentSha256: draft.get(slug) ?? null,
      })),
    );
  }
  await reservePublishedSlugs(set, previous, draft);
  await record(context, {
    action: 'version.publish',
    subjectKind: 'prompt_set',
    subjectId: setId,
    detail: { address: `${set.projectSlug}/${set.slug}@${number}`, checksum },
  });
  await announce(context, { kind: 'set', organisationId, setId });
  const version = await Version.query().findOne({ setId, ordinal });
  const [view] = await versionViews(set, version ? [version] : []);
  return view;
}

/** Taken after the lock of the set, for which later changes of the draft wait. */
async function nextDraftChange(): Promise<string> {
  const { rows } = await currentTransaction().raw<{ rows: { number: string }[] }>(
    "select nextval('prompt_changes') as number",
  );
  return rows[0]?.number ?? '0';
}

/** From now on the slugs of the project, the set and each newly published prompt are theirs for ever. */
async function reservePublishedSlugs(
  set: Proposal['set'],
  previous: Proposal['draft'],
  draft: Proposal['draft'],
): Promise<void> {
  const fresh = [...draft.keys()].filter((slug) => !previous.has(slug));
  const prompts = fresh.length
    ? await Prompt.query()
        .select('id', 'slug')
        .where({ draftId: await mainDraftId(set) })
        .whereRaw('slug = any(?)', [fresh])
    : [];
  await reserveSlugs([
    { parentId: set.organisationId, slug: set.projectSlug, thingId: set.projectId },
    { parentId: set.projectId, slug: set.slug, thingId: set.id },
    ...prompts.map((prompt) => ({ parentId: set.id, slug: prompt.slug, thingId: prompt.id })),
  ]);
}
