import { setChecksum } from '@anvil/core/checksum';
import type { ContractComparison } from '@anvil/core/contract/compare';
import type { Witness } from '@anvil/core/contract/witness';
import type { Problem } from '@anvil/core/prompt';
import { nextPrerelease } from '@anvil/core/next-prerelease';
import { checkLinks, linksOf, type Links } from '@anvil/core/template/partials';
import { nextVersion } from '@anvil/core/next-version';
import { Prompt, type Content } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize, type Access } from '../../auth/authorize.ts';
import type { PromptSetRef } from '../../schemas/prompt-sets.ts';
import type { NextVersionView } from '../../schemas/versions.ts';
import { loadInBatches } from '../contents.ts';
import type { Context } from '../context.ts';
import { mainDraftId, requireSet, type AddressedSet } from '../lookups.ts';
import { createTimeSlices } from '../time-slices.ts';
import { changeViews } from './change-views.ts';
import { compareStates } from './compare-states.ts';
import {
  draftState,
  newestRelease,
  stateAt,
  versionNumbers,
  type SetState,
  type VersionNumber,
} from './state.ts';

/** What would go out if the draft were published now. */
export interface Proposal {
  set: AddressedSet;
  numbers: VersionNumber[];
  /** The release compared with. */
  base: VersionNumber | undefined;
  draft: SetState;
  /** The prompts of the release compared with. */
  released: SetState;
  checksum: string;
  comparison: ContractComparison;
  witness: Witness | undefined;
  /** Prompts that weren't judged by their templates. */
  notJudged: string[];
  /** The proposed number; not there when an obstacle is. */
  number: string | undefined;
  obstacle: string | undefined;
  problems: Problem[];
}

/**
 * What publishing would do: the computed number with its reasons, the draft's checksum, and what is in the way.
 *
 * @throws AppError NOT_FOUND
 */
export async function getNextVersion(context: Context, input: PromptSetRef): Promise<NextVersionView> {
  const access = authorize(context.actor, 'versions.propose', input.organisation);
  return nextVersionView(await propose(context, access, input));
}

export function nextVersionView(proposal: Proposal): NextVersionView {
  const { number, numbers, base, comparison, witness, notJudged, checksum, draft, obstacle, problems } =
    proposal;
  return {
    number: number ?? null,
    prerelease:
      (number &&
        nextPrerelease(
          number,
          numbers.map((version) => version.number),
        )) ??
      null,
    base: base?.number ?? null,
    level: comparison.level,
    behaviour: comparison.behaviour,
    changes: changeViews(comparison.changes),
    witness: witness ?? null,
    not_judged: notJudged,
    checksum,
    prompt_count: draft.size,
    obstacle: obstacle ?? null,
    problems,
  };
}

/**
 * Computes the proposal. It reads in one transaction; parsing and comparing come after it, so that a big first
 * publication holds no connection and no lock.
 */
export async function propose(context: Context, access: Access, ref: PromptSetRef): Promise<Proposal> {
  const read = await inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, ref);
    const numbers = await versionNumbers(set);
    const base = newestRelease(numbers);
    const draft = await draftState(set);
    const released = await stateAt(set, base?.ordinal ?? 0);
    return { set, numbers, base, draft, released, renderers: await findRenderers(set) };
  });

  const { set, numbers, base, draft, released, renderers } = read;
  const { organisationId } = access;
  const compared = await compareStates(context, organisationId, { before: released, after: draft });
  const { comparison, witness, notJudged } = compared;
  const links = await loadLinks(context, organisationId, { draft, renderers });
  const problems = [...compared.problems, ...checkLinks(links)];
  const checksum = setChecksum([...draft], {});
  const obstacle = findObstacle({ draft, base, checksum, problems });
  const existing = numbers.map((version) => version.number);
  return {
    set,
    numbers,
    base,
    draft,
    released,
    checksum,
    comparison,
    witness,
    notJudged,
    number:
      obstacle || comparison.level === 'none'
        ? undefined
        : nextVersion({ existing, base: base?.number, level: comparison.level }),
    obstacle,
    problems,
  };
}

function findObstacle(input: {
  draft: SetState;
  base: VersionNumber | undefined;
  checksum: string;
  problems: Problem[];
}): string | undefined {
  if (input.draft.size === 0 && !input.base) return 'There is no prompt to publish yet. Write one first.';
  if (input.base?.checksum === input.checksum) return `Nothing has changed since ${input.base.number}.`;
  const errors = input.problems.filter((problem) => problem.severity !== 'warning');
  const [first] = errors;
  if (!first) return undefined;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `${first.place.prompt ? `\`${first.place.prompt}\`: ` : ''}${first.message}${more}`;
}

/** The prompts of the draft that render others, with the slugs of those. */
async function findRenderers(set: AddressedSet): Promise<Map<string, string[]>> {
  const rows = (await Prompt.query()
    .join('contents', (join) =>
      join
        .on('contents.organisation_id', 'prompts.organisation_id')
        .andOn('contents.sha256', 'prompts.content_sha256'),
    )
    .select('prompts.slug', 'contents.renders')
    .where({ draftId: await mainDraftId(set) })
    .whereNull('prompts.archived_at')
    .whereRaw('cardinality(contents.renders) > 0')) as (Prompt & Pick<Content, 'renders'>)[];
  return new Map(rows.map(({ slug, renders }) => [slug, renders]));
}

/** How the prompts hang together that take part in `{% render %}`: those that render and those that are rendered. */
async function loadLinks(
  context: Context,
  organisationId: string,
  { draft, renderers }: { draft: SetState; renderers: ReadonlyMap<string, string[]> },
): Promise<Map<string, Links>> {
  const slugs = new Set([...renderers.keys(), ...[...renderers.values()].flat()]);
  const links = new Map<string, Links>();
  const giveWay = createTimeSlices();
  const batches = loadInBatches(
    [...slugs].filter((slug) => draft.has(slug)),
    (slug) => [draft.get(slug) ?? ''],
    (query) => inOrganisation(context.database, organisationId, query),
  );
  for await (const { batch, contents } of batches) {
    for (const slug of batch) {
      const stored = contents.get(draft.get(slug) ?? '');
      if (stored) links.set(slug, linksOf(stored.content));
      await giveWay();
    }
  }
  return links;
}
