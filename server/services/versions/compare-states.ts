import type { LocatedChange } from '@anvil/core/contract/changes';
import { change } from '@anvil/core/contract/changes';
import { locatePromptChanges, summariseChanges, type ContractComparison } from '@anvil/core/contract/compare';
import { demandChanges } from '@anvil/core/contract/demands';
import { callsBrokenBy, type Witness } from '@anvil/core/contract/witness';
import type { Problem } from '@anvil/core/prompt';
import type { Parse } from '@anvil/core/template/parse';
import { boundedMessage } from '@anvil/core/text';
import { inOrganisation } from '#db/tenancy.ts';
import { createParseCache } from '../../render/parse-cache.ts';
import { findStoredProblems, loadInBatches, type StoredContent } from '../contents.ts';
import type { Context } from '../context.ts';
import { createTimeSlices } from '../time-slices.ts';
import { compareStoredDemands } from './demand-comparisons.ts';
import { countCalls, judgePair } from './judge-calls.ts';
import { findRenderersOf, loadRenderable, type RunQuery } from './renderables.ts';
import type { SetState } from './state.ts';

export interface StatesComparison {
  comparison: ContractComparison;
  /** A call that rendered before and fails now. */
  witness: Witness | undefined;
  /** Prompts whose templates are too large to be judged, or that no generated call was rendered for. */
  notJudged: string[];
  /** The problems of the changed prompts as they are now. */
  problems: Problem[];
}

/** Generated calls of one comparison. Prompts beyond it are listed as not judged. */
const CALLS_MAX = 5_000;

/** Parsed templates that one comparison remembers. A template is read by several steps. */
const PARSED_MAX_BYTES = 8 * 1024 * 1024;

/** The results of a comparison so far. */
interface Progress {
  changes: LocatedChange[];
  problems: Problem[];
  notJudged: string[];
  witness: Witness | undefined;
  callsLeft: number;
}

/**
 * Compares two states of a set. Contents never change, so they are read after the states, a few MB at a time and each
 * batch in its own transaction. Other requests run in between: a set may hold gigabytes.
 *
 * @throws AppError SERVICE_UNAVAILABLE `busy` when generated calls can't be rendered now
 */
export async function compareStates(
  context: Context,
  organisationId: string,
  { before, after }: { before: SetState; after: SetState },
): Promise<StatesComparison> {
  const run: RunQuery = (query) => inOrganisation(context.database, organisationId, query);
  const progress: Progress = {
    ...{ changes: [], problems: [], notJudged: [], witness: undefined, callsLeft: CALLS_MAX },
  };
  const parse = createParseCache(PARSED_MAX_BYTES);
  const giveWay = createTimeSlices();
  const changed = changedSlugs(before, after);
  const renderers = (await findRenderersOf(changed, after, run)).filter((slug) => before.has(slug));
  const batches = loadInBatches(
    [...changed, ...renderers].sort(),
    (slug) => [before.get(slug), after.get(slug)].filter((sha256) => sha256 !== undefined),
    run,
  );
  for await (const { batch, contents } of batches) {
    for (const slug of batch) {
      const old = contents.get(before.get(slug) ?? '');
      const now = contents.get(after.get(slug) ?? '');
      const changes = locatePromptChanges(slug, old?.content, now?.content);
      if (old && now) {
        const pair = { organisationId, slug, old, now, before, after, changes, run, parse };
        await comparePair(context, progress, pair);
      }
      progress.changes.push(...changes);
      for (const problem of now && old?.sha256 !== now.sha256 ? findStoredProblems(now, parse) : []) {
        progress.problems.push({ ...problem, place: { ...problem.place, prompt: slug } });
      }
      await giveWay();
    }
  }
  const { problems, notJudged, witness } = progress;
  return { comparison: summariseChanges(progress.changes), witness, notJudged, problems };
}

interface Pair {
  organisationId: string;
  slug: string;
  old: StoredContent;
  now: StoredContent;
  before: SetState;
  after: SetState;
  /** Changes of the parameters and of the return side. What is found is added. */
  changes: LocatedChange[];
  run: RunQuery;
  parse: Parse;
}

async function comparePair(context: Context, progress: Progress, pair: Pair): Promise<void> {
  const { organisationId, slug, changes, run, parse } = pair;
  const before = await loadRenderable(pair.old, pair.before, run, parse);
  const after = await loadRenderable(pair.now, pair.after, run, parse);
  if (!before || !after) {
    progress.notJudged.push(slug);
    return;
  }
  const demands = compareStoredDemands(organisationId, before, after, parse);
  if (demands) changes.push(...demandChanges(slug, demands));
  else progress.notJudged.push(slug);

  const major = changes.filter(({ level }) => level === 'major');
  // The level is known, and one witness is enough.
  if (major.length > 0 && progress.witness) return;
  const count = countCalls(demands);
  if (count > progress.callsLeft) {
    if (demands) progress.notJudged.push(slug);
    return;
  }
  progress.callsLeft -= count;
  const suspects = major.flatMap((one) => callsBrokenBy(before.content.parameters, one));
  const { broken, isLimited } = await judgePair(context.renderer, {
    ...{ organisationId, before, after, demands, suspects },
  });
  if (isLimited && demands) progress.notJudged.push(slug);
  if (!broken) return;
  const sentence = boundedMessage(`\`${slug}\` fails for a call that rendered before. ${broken.message}`);
  if (major.length === 0) changes.push({ ...change('template.call_breaks', slug, '', sentence), steps: [] });
  progress.witness ??= {
    prompt: slug,
    values: broken.values,
    why: broken.message,
    needs_strict: broken.needsStrict,
  };
}

/** Slugs that are new, gone or have another content, sorted. */
export function changedSlugs(before: SetState, after: SetState): string[] {
  const changed: string[] = [];
  for (const [slug, sha256] of after) if (before.get(slug) !== sha256) changed.push(slug);
  for (const slug of before.keys()) if (!after.has(slug)) changed.push(slug);
  return changed.sort();
}
