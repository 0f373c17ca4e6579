import { setChecksum } from '@anvil/core/checksum';
import { compareContracts, type ContractComparison } from '@anvil/core/contract/compare';
import { findWitness, type Witness } from '@anvil/core/contract/witness';
import type { Problem, PromptContent } from '@anvil/core/prompt';
import { checkRenders } from '@anvil/core/template/partials';
import { nextVersion } from '@anvil/core/version';
import { Prompt, type Content } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize, type Access } from '../../auth/authorize.ts';
import type { PromptSetRef } from '../../schemas/prompt-sets.ts';
import type { PromptSummary } from '../../schemas/prompts.ts';
import type { NextVersionView } from '../../schemas/versions.ts';
import { findProblemsOfMany, loadContents, parseBody, type StoredContent } from '../contents.ts';
import type { Context } from '../context.ts';
import { mainDraftId, requireSet, type AddressedSet } from '../lookups.ts';
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
  const { number, base, comparison, witness, checksum, draft, obstacle, problems } = proposal;
  return {
    number: number ?? null,
    base: base?.number ?? null,
    level: comparison.level,
    behaviour: comparison.behaviour,
    changes: comparison.changes,
    witness: witness ?? null,
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
    const changed = changedSlugs(released, draft);
    const contents = await loadContents(
      changed.flatMap((slug) =>
        [released.get(slug), draft.get(slug)].filter((sha256) => sha256 !== undefined),
      ),
    );
    return {
      set,
      numbers,
      base,
      draft,
      released,
      changed,
      contents,
      partials: await loadPartials(set, draft),
    };
  });

  const { set, numbers, base, draft, released, changed, contents, partials } = read;
  const before = pick(changed, released, contents);
  const after = pick(changed, draft, contents);
  const comparison = compareContracts(contentsOf(before), contentsOf(after));
  const problems = [...(await findProblemsOfMany(after)), ...checkRenders(partials)];
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
    witness: comparison.level === 'major' ? findWitness(contentsOf(before), contentsOf(after)) : undefined,
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

/** Slugs that are new, gone or have another content, sorted. */
export function changedSlugs(before: SetState, after: SetState): string[] {
  const changed: string[] = [];
  for (const [slug, sha256] of after) if (before.get(slug) !== sha256) changed.push(slug);
  for (const slug of before.keys()) if (!after.has(slug)) changed.push(slug);
  return changed.sort();
}

function pick(
  slugs: readonly string[],
  state: SetState,
  contents: ReadonlyMap<string, StoredContent>,
): Map<string, StoredContent> {
  const picked = new Map<string, StoredContent>();
  for (const slug of slugs) {
    const stored = contents.get(state.get(slug) ?? '');
    if (stored) picked.set(slug, stored);
  }
  return picked;
}

function contentsOf(stored: ReadonlyMap<string, StoredContent>): Map<string, PromptContent> {
  return new Map([...stored].map(([slug, { content }]) => [slug, content]));
}

/** The prompts that take part in `{% render %}`: those that render and those that are rendered. */
async function loadPartials(set: AddressedSet, draft: SetState): Promise<Map<string, PromptContent>> {
  const renderers = (await Prompt.query()
    .join('contents', (join) =>
      join
        .on('contents.organisation_id', 'prompts.organisation_id')
        .andOn('contents.sha256', 'prompts.content_sha256'),
    )
    .select('prompts.slug', 'contents.body', 'contents.renders')
    .where({ draftId: await mainDraftId(set) })
    .whereNull('prompts.archived_at')
    .whereRaw('cardinality(contents.renders) > 0')) as (Prompt & Pick<Content, 'body' | 'renders'>)[];
  const partials = new Map(renderers.map((row) => [row.slug, parseBody(row.body)]));
  const targets = renderers
    .flatMap((row) => row.renders)
    .filter((slug) => !partials.has(slug) && draft.has(slug));
  const loaded = await loadContents(targets.map((slug) => draft.get(slug) ?? ''));
  for (const slug of targets) {
    const stored = loaded.get(draft.get(slug) ?? '');
    if (stored) partials.set(slug, stored.content);
  }
  return partials;
}

/**
 * What changed in these prompts of the draft since the newest release, by slug; unchanged ones are left out.
 * Has to run in the transaction that read them.
 */
export async function changesSinceRelease(
  set: AddressedSet,
  contents: ReadonlyMap<string, StoredContent>,
): Promise<Map<string, NonNullable<PromptSummary['change']>>> {
  const base = newestRelease(await versionNumbers(set));
  const released = await stateAt(set, base?.ordinal ?? 0, [...contents.keys()]);
  const changes = new Map<string, NonNullable<PromptSummary['change']>>();
  const differing = [...contents].filter(([slug, stored]) => released.get(slug) !== stored.sha256);
  const before = await loadContents(differing.flatMap(([slug]) => released.get(slug) ?? []));
  for (const [slug, stored] of differing) {
    const old = before.get(released.get(slug) ?? '');
    if (!old) {
      changes.set(slug, 'new');
      continue;
    }
    const { level } = compareContracts(new Map([[slug, old.content]]), new Map([[slug, stored.content]]));
    changes.set(slug, level === 'none' ? 'patch' : level);
  }
  return changes;
}
