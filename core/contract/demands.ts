/** Compares what two contents demand of their values beyond the parameters. */
import type { PromptContent } from '../prompt.ts';
import type { Demand, Demands } from '../template/demands/find.ts';
import { findDemands } from '../template/demands/find.ts';
import type { Parse } from '../template/parse.ts';
import { boundedMessage } from '../text.ts';
import { change, printSteps, type LocatedChange, type Rule } from './changes.ts';
import type { Renderable } from './judge.ts';

export interface DemandComparison {
  /** Demands that only the new content has. */
  more: Demand[];
  /** Demands that only the old content has. */
  less: Demand[];
  before: Demands;
  after: Demands;
}

/**
 * Compares demands under the old contract with the new defaults, since that is what old calls meet.
 *
 * @returns undefined if one of them is too large to be judged
 */
export function compareDemands(
  before: Renderable,
  after: Renderable,
  parse?: Parse,
): DemandComparison | undefined {
  const options = parse ? { parse } : {};
  const old = findDemands(before.content, { ...options, partials: mapOf(before.partials) });
  const now = findDemands(after.content, {
    ...options,
    partials: mapOf(after.partials),
    was: before.content.parameters,
  });
  if (!old || !now) return undefined;
  return {
    more: now.demands.filter((demand) => !old.demands.some((other) => covers(other, demand))),
    less: old.demands.filter((demand) => !now.demands.some(({ key }) => key === demand.key)),
    before: old,
    after: now,
  };
}

function mapOf(partials: Renderable['partials']): ReadonlyMap<string, PromptContent> {
  return new Map(Object.entries(partials));
}

/** Whether the old demand was made whenever the new one is. */
function covers(old: Demand, now: Demand): boolean {
  if (old.key !== now.key || (old.atLeast ?? 1) < (now.atLeast ?? 1)) return false;
  const tests = new Set(now.tests);
  return old.tests.every((test) => tests.has(test));
}

/** The changes of demands, each sentence once. */
export function demandChanges(slug: string, { more, less }: DemandComparison): LocatedChange[] {
  const changes = (rule: Rule, demands: readonly Demand[], sentence: (when: string) => string) =>
    [...new Map(demands.map((demand) => [demand.when, demand])).values()].map((demand): LocatedChange => {
      const steps = (demand.path ?? []).map((step) => (typeof step === 'number' ? null : step));
      return { ...change(rule, slug, printSteps(steps), boundedMessage(sentence(demand.when))), steps };
    });
  return [
    ...changes('template.needs_more', more, (when) => `\`${slug}\` now fails when ${when}.`),
    ...changes('template.needs_less', less, (when) => `\`${slug}\` no longer fails when ${when}.`),
  ];
}
