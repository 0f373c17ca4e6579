/** Finds the demands of a content: what its templates need beyond its parameters. */
import type { JsonValue, Parameter, Place, PromptContent } from '../../prompt.ts';
import { hasTooManyTags, templatesOf } from '../analyse.ts';
import type { Parse } from '../parse.ts';
import { parseTemplate } from '../parse.ts';
import type { Environment, Fact } from './environment.ts';
import { fork, meet } from './environment.ts';
import type { KnownStep } from './known.ts';
import { parameterValues } from './known.ts';
import { walkNodes } from './nodes.ts';
import { withSymbols } from './symbols.ts';
import type { Demand } from './walk.ts';
import { BudgetExceeded, newFindings, newWalk } from './walk.ts';

export type { Demand } from './walk.ts';

export interface Demands {
  demands: Demand[];
  /** Places of values that the templates read: `['order', 'items', null, 'price']`. */
  paths: KnownStep[][];
  /** Texts and numbers that the templates name. */
  literals: JsonValue[];
  /** Places of values that the templates compare with constants. */
  compared: ComparedPlace[];
}

export interface ComparedPlace {
  path: KnownStep[];
  values: JsonValue[];
}

export interface DemandOptions {
  /** Needs that each call meets. */
  facts?: readonly Fact[];
  /** The prompts that the templates render, by slug. */
  partials?: ReadonlyMap<string, PromptContent>;
  /** The parameters that calls are valid by, if not those of the content. */
  was?: readonly Parameter[];
  parse?: Parse;
}

/**
 * Finds the demands of a content. Each message of a chat has its own variables.
 *
 * @returns undefined if the templates are too large to be judged
 */
export function findDemands(content: PromptContent, options: DemandOptions = {}): Demands | undefined {
  return withSymbols(() => walkContent(content, options));
}

function walkContent(content: PromptContent, options: DemandOptions): Demands | undefined {
  const parse = options.parse ?? parseTemplate;
  const findings = newFindings();
  const parameters = parameterValues(content.parameters, options.was);
  const start: Environment = { names: new Map(), met: new Map(), when: [] };
  meet(start, options.facts ?? []);
  if (hasTooManyTags(content)) return undefined;
  try {
    for (const { source, place } of templatesOf(content)) {
      const parsed = parse(source);
      if (!parsed.ok) continue;
      const partials = options.partials ?? new Map<string, PromptContent>();
      const walk = newWalk(source, {
        findings,
        parse,
        partials,
        parameters,
        place: place satisfies Place,
        walkNodes,
      });
      walkNodes(walk, fork(start), parsed.template.nodes);
    }
  } catch (error) {
    // A path inside of a path, thousands deep, reaches the end of the stack.
    if (error instanceof BudgetExceeded || error instanceof RangeError) return undefined;
    throw error;
  }
  return {
    demands: [...findings.demands.values()],
    paths: [...findings.paths].map((path) => JSON.parse(path) as KnownStep[]),
    literals: [...findings.literals],
    compared: [...findings.compared].map(([path, values]) => ({
      path: JSON.parse(path) as KnownStep[],
      values: [...values],
    })),
  };
}
