import { textSha256 } from '@anvil/core/checksum';
import { generateCalls } from '@anvil/core/contract/calls';
import type { DemandComparison } from '@anvil/core/contract/demands';
import type { CallVerdict } from '@anvil/core/contract/judge';
import { smallerCalls } from '@anvil/core/contract/shrink';
import type { JsonObject } from '@anvil/core/prompt';
import { LRUCache } from 'lru-cache';
import { AppError } from '../../errors.ts';
import type { Renderer } from '../../render/renderer.ts';
import type { StoredRenderable } from './renderables.ts';

/** A call that rendered before and fails now, made as small as it still shows the same failure. */
export interface BrokenCall {
  values: JsonObject;
  message: string;
  needsStrict: boolean;
}

export interface CallsResult {
  broken: BrokenCall | undefined;
  /** Not one call could be judged: each needs over half of a rendering limit. */
  isLimited: boolean;
}

export interface PairToJudge {
  organisationId: string;
  before: StoredRenderable;
  after: StoredRenderable;
  demands: DemandComparison | undefined;
  /** Calls that a change of the parameters may break. They are tried first. */
  suspects: readonly JsonObject[];
}

const CALLS_WITH_NEW_DEMAND = 200;
const CALLS = 50;
const SHRINK_TRIES_MAX = 300;
/** Calls in one task of a worker. */
const CHUNK = 20;
/** How often a task is repeated that got no processor time. */
const STARVED_MAX = 5;

/**
 * Results by the pair: they depend on nothing else. A preview and the publication after it use the same one, and so do requests
 * that ask at the same time.
 */
const results = new LRUCache<string, Promise<CallsResult>>({ max: 5_000 });
/** Longer calls aren't remembered. A constant that a template compares with may have 256 Ki characters. */
const REMEMBERED_LENGTH_MAX = 4_096;

export function countCalls(demands: DemandComparison | undefined): number {
  return demands && demands.more.length > 0 ? CALLS_WITH_NEW_DEMAND : CALLS;
}

/**
 * Renders generated calls with both contents until one breaks. The same pair always gets the same calls.
 *
 * @throws AppError SERVICE_UNAVAILABLE `busy` if the machine can't render them now; the result never depends on its load
 */
export function judgePair(renderer: Renderer, pair: PairToJudge): Promise<CallsResult> {
  const id = textSha256(`${pair.before.key} ${pair.after.key}`);
  const key = `${pair.organisationId} ${id}`;
  const known = results.get(key);
  if (known) return known;
  const result = renderCalls(renderer, pair, id);
  results.set(key, result);
  const forget = () => void results.delete(key);
  // After an error the next request tries again.
  result.then(({ broken }) => {
    if (JSON.stringify(broken ?? null).length > REMEMBERED_LENGTH_MAX) forget();
  }, forget);
  return result;
}

async function renderCalls(renderer: Renderer, pair: PairToJudge, id: string): Promise<CallsResult> {
  const judge = (calls: readonly JsonObject[]) => judgeCalls(renderer, pair, calls);
  const { call, verdict, isLimited } = await findBreaking(callsOf(pair, id), judge);
  const broken = call && verdict ? await shrink(call, verdict, judge) : undefined;
  return { broken, isLimited };
}

type Breaking = Extract<CallVerdict, { kind: 'breaks' }>;
type Judge = (calls: readonly JsonObject[]) => Promise<CallVerdict[]>;

function* callsOf({ before, demands, suspects }: PairToJudge, seed: string): Generator<JsonObject> {
  yield* suspects.slice(0, CALLS_WITH_NEW_DEMAND);
  const reads = demands?.reads ?? { paths: [], literals: [], compared: [] };
  const targets = (demands?.more ?? []).flatMap(({ path }) => (path ? [path] : []));
  const { parameters } = before.content;
  yield* generateCalls({ parameters, ...reads, targets, seed }, countCalls(demands));
}

async function findBreaking(
  calls: Iterable<JsonObject>,
  judge: Judge,
): Promise<{ call?: JsonObject; verdict?: Breaking; isLimited: boolean }> {
  let worked = 0;
  let limited = 0;
  for (const chunk of chunks(calls)) {
    const verdicts = await judge(chunk);
    for (const [index, verdict] of verdicts.entries()) {
      if (verdict.kind === 'breaks') return { call: chunk[index] as JsonObject, verdict, isLimited: false };
      if (verdict.kind === 'works') worked += 1;
      if (verdict.kind === 'limited') limited += 1;
    }
  }
  return { isLimited: worked === 0 && limited > 0 };
}

function* chunks(calls: Iterable<JsonObject>): Generator<JsonObject[]> {
  let chunk: JsonObject[] = [];
  for (const call of calls) {
    chunk.push(call);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** Judges all of these calls, in as many tasks as it takes. */
async function judgeCalls(
  renderer: Renderer,
  { organisationId, before, after }: PairToJudge,
  calls: readonly JsonObject[],
): Promise<CallVerdict[]> {
  const verdicts: CallVerdict[] = [];
  let size = CHUNK;
  for (let starved = 0; verdicts.length < calls.length;) {
    const callsJson = JSON.stringify(calls.slice(verdicts.length, verdicts.length + size));
    const { content, partials } = before;
    const task = {
      before: { content, partials },
      after: { content: after.content, partials: after.partials },
    };
    const outcome = await renderer.judge(organisationId, { ...task, callsJson });
    if (outcome.ok && outcome.verdicts.length > 0) {
      verdicts.push(...outcome.verdicts);
      continue;
    }
    // Memory ran out: the first of these calls may be the one that needs it, or a later one.
    if (!outcome.ok && outcome.reason === 'render.memory') {
      if (size === 1) verdicts.push({ kind: 'limited' });
      size = 1;
      continue;
    }
    starved += 1;
    if (starved > STARVED_MAX || (!outcome.ok && outcome.reason !== 'render.timeout')) throw tooBusy();
  }
  return verdicts;
}

function tooBusy(): AppError {
  const message = 'The server is too busy to compute the version number. Try again in a minute.';
  return new AppError('SERVICE_UNAVAILABLE', message, { reason: 'busy' });
}

async function shrink(call: JsonObject, verdict: Breaking, judge: Judge): Promise<BrokenCall> {
  let values = call;
  let tries = SHRINK_TRIES_MAX;
  for (;;) {
    const smaller = await firstAlike(smallerCalls(values).slice(0, tries), verdict, judge, (count) => {
      tries -= count;
    });
    if (!smaller) return { values, message: verdict.message, needsStrict: verdict.needsStrict };
    values = smaller;
  }
}

async function firstAlike(
  calls: readonly JsonObject[],
  wanted: Breaking,
  judge: Judge,
  spend: (count: number) => void,
): Promise<JsonObject | undefined> {
  for (const chunk of chunks(calls)) {
    spend(chunk.length);
    const verdicts = await judge(chunk);
    const at = verdicts.findIndex(
      (verdict) =>
        verdict.kind === 'breaks' &&
        verdict.reason === wanted.reason &&
        verdict.message === wanted.message &&
        verdict.needsStrict === wanted.needsStrict,
    );
    if (at !== -1) return chunk[at];
  }
  return undefined;
}
