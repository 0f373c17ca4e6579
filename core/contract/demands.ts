/** Compares what two contents demand of their values beyond the parameters. */
import type { PromptContent } from '../prompt.ts';
import type { Demand, Demands } from '../template/demands/find.ts';
import type { Fact } from '../template/demands/environment.ts';
import { findDemands } from '../template/demands/find.ts';
import { withSymbols } from '../template/demands/symbols.ts';
import { parseOnce, type Parse } from '../template/parse.ts';
import { boundedMessage } from '../text.ts';
import { change, printSteps, type LocatedChange, type Rule } from './changes.ts';
import type { Renderable } from './judge.ts';

export interface DemandComparison {
  /** Demands that only the new content has. */
  more: Demand[];
  /** Demands that only the old content has. */
  less: Demand[];
  /** Reads of both contents, for generated calls. */
  reads: Omit<Demands, 'demands'>;
}

/**
 * Compares demands under the old contract with the new defaults, since that is what old calls meet.
 *
 * @returns undefined if one of them is too large to be judged
 */
export function compareDemands(
  before: Renderable,
  after: Renderable,
  parse: Parse = parseOnce(),
): DemandComparison | undefined {
  const { parameters } = before.content;
  const find = ({ content, partials }: Renderable, facts: readonly Fact[] = []) =>
    findDemands(content, { parse, partials: mapOf(partials), was: parameters, facts });
  return withSymbols(() => {
    const old = find(before);
    const now = old && find(after);
    if (!now) return undefined;
    const keys = new Set(now.demands.map(({ key }) => key));
    const less = old.demands.filter(({ key }) => !keys.has(key));
    const more = uncovered(now.demands, old.demands);
    // A call that rendered meets the unconditional demands, so they are facts in both contents.
    const facts = more.length > 0 ? old.demands.filter(({ tests }) => tests.length === 0) : [];
    const [oldByFacts, nowByFacts] = facts.length > 0 ? [find(before, facts), find(after, facts)] : [];
    const reads = {
      paths: [...old.paths, ...now.paths],
      literals: [...new Set([...old.literals, ...now.literals])],
      compared: [...old.compared, ...now.compared],
    };
    if (!oldByFacts || !nowByFacts) return { more, less, reads };
    return { more: uncovered(nowByFacts.demands, [...old.demands, ...oldByFacts.demands]), less, reads };
  });
}

function mapOf(partials: Renderable['partials']): ReadonlyMap<string, PromptContent> {
  return new Map(Object.entries(partials));
}

/** Returns the new demands that no old demand covers. */
function uncovered(demands: readonly Demand[], old: readonly Demand[]): Demand[] {
  const byKey = new Map<string, Demand[]>();
  for (const one of old) {
    const known = byKey.get(one.key);
    if (known) known.push(one);
    else byKey.set(one.key, [one]);
  }
  // Where the old content always failed, no call rendered.
  const impossible = old.filter(({ isImpossible }) => isImpossible);
  return demands.filter((demand) => {
    const tests = new Set(demand.tests);
    const holds = (other: Demand) => other.tests.every((test) => tests.has(test));
    const covers = (other: Demand) => (other.atLeast ?? 1) >= (demand.atLeast ?? 1) && holds(other);
    return !(byKey.get(demand.key) ?? []).some(covers) && !impossible.some(holds);
  });
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
