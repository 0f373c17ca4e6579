/**
 * The walk that finds what a template demands of its values: each read of something that may be undefined, with the tests
 * on the way to it. See docs/CONTRACT.md.
 */
import type { JsonValue, Place, PromptContent } from '../../prompt.ts';
import { createPositions } from '../errors.ts';
import type { Parse } from '../parse.ts';
import type { Node } from '../syntax.ts';
import type { Environment } from './environment.ts';
import { findName, isMet, meet, NEVER, unsetName } from './environment.ts';
import type { Known, KnownStep, Need } from './known.ts';
import { digest } from './symbols.ts';

/** One thing that a template needs, under all of some tests. */
export interface Demand extends Need {
  tests: readonly string[];
  /** The place where it is read. */
  place: Place;
}

/** Nodes that one content may take, the prompts that it renders included. */
const BUDGET = 50_000;
/** Needs are distinct: a template that needs more is not judged. */
const DEMANDS_MAX = 1_000;

/** The most constants of one path that generated calls choose from. */
const COMPARED_MAX = 20;

/** The content is too large to be judged. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded';
}

/** The results of one analysis, over all messages and rendered prompts. */
export interface Findings {
  demands: Map<string, Demand>;
  /** Paths of values that are read, as JSON. */
  paths: Set<string>;
  /** Texts and numbers that the templates name. */
  literals: Set<JsonValue>;
  /** The constants that a value of a call is compared with, by its path as JSON. */
  compared: Map<string, Set<JsonValue>>;
  left: number;
}

export interface Walk {
  findings: Findings;
  parse: Parse;
  partials: ReadonlyMap<string, PromptContent>;
  parameters: ReadonlyMap<string, Known>;
  /** Prompts that render each other down to here. */
  slugs: readonly string[];
  positionOf: (offset: number) => { line: number; column: number };
  place: Place;
  /** Symbols of the `break` and `continue` tags so far, in the innermost loop. */
  jumps: string[];
  /** The text so far inside `capture`. */
  trace: string[] | undefined;
  /** Symbol of the state of `cycle` and `offset: continue`. */
  history: string;
  /** Symbols of the items of all loops around. */
  items: readonly string[];
  loops: number;
  /** Walks the tags of a body. It is a part of the walk because bodies hold loops, and loops bodies. */
  walkNodes: (walk: Walk, environment: Environment, nodes: readonly Node[]) => void;
}

export function newFindings(): Findings {
  return { demands: new Map(), paths: new Set(), literals: new Set(), compared: new Map(), left: BUDGET };
}

export function newWalk(
  source: string,
  from: Pick<Walk, 'findings' | 'parse' | 'partials' | 'parameters' | 'place' | 'walkNodes'>,
): Walk {
  return {
    ...from,
    slugs: [],
    positionOf: createPositions(source),
    ...{ jumps: [], trace: undefined, history: '', items: [], loops: 0 },
  };
}

/** @throws BudgetExceeded */
export function spend({ findings }: Walk, nodes = 1): void {
  findings.left -= nodes;
  if (findings.left < 0) throw new BudgetExceeded();
}

/**
 * The value where it must be defined.
 *
 * @returns the same value, now surely defined: rendering would have stopped
 */
export function need(walk: Walk, environment: Environment, value: Known, offset: number): Known {
  const { missing } = value;
  if (!missing) return value;
  const defined = { ...value };
  delete defined.missing;
  if (isMet(environment, missing)) return defined;
  const tests = [...new Set([...environment.when, ...jumpTest(walk)])].sort();
  const id = JSON.stringify([missing.key, missing.atLeast ?? 0, tests]);
  const { demands } = walk.findings;
  if (!demands.has(id)) {
    if (demands.size >= DEMANDS_MAX) throw new BudgetExceeded();
    demands.set(id, { ...missing, tests, place: { ...walk.place, ...walk.positionOf(offset) } });
  }
  meet(environment, [missing, ...(missing.isImpossible ? [{ key: NEVER }] : [])]);
  return defined;
}

/** Returns the test that no `break` or `continue` has left the loop before this point. */
export function jumpTest({ jumps }: Walk): string[] {
  return jumps.length > 0 ? [`not left ${digest(jumps)}`] : [];
}

/** Returns the value of a name that no tag has set. */
export function parameterOf(walk: Walk, name: string): Known | undefined {
  return walk.parameters.get(name);
}

export function readName(walk: Walk, environment: Environment, name: string): Known {
  return findName(environment, name) ?? parameterOf(walk, name) ?? unsetName(name);
}

/** Notes that the templates compare a value of a call with a constant. */
export function noteCompared({ findings }: Walk, { path }: Known, { constant }: Known): void {
  if (!path || constant === undefined || typeof constant === 'object') return;
  const key = JSON.stringify(path);
  const values = findings.compared.get(key) ?? new Set();
  if (values.size < COMPARED_MAX) findings.compared.set(key, values.add(constant));
}

export function notePath(walk: Walk, path: readonly KnownStep[] | undefined): void {
  if (path && path.length > 1) walk.findings.paths.add(JSON.stringify(path));
}
