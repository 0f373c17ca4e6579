import { compareDemands, type DemandComparison } from '@anvil/core/contract/demands';
import type { Parse } from '@anvil/core/template/parse';
import { LRUCache } from 'lru-cache';
import type { StoredRenderable } from './renderables.ts';

/** Demands, paths and constants of all remembered comparisons. */
const SIZE_MAX = 100_000;

/**
 * Comparisons by the pair: they depend on nothing else. A preview and the publication after it use the same one, and so do
 * requests that ask at the same time.
 */
const results = new LRUCache<string, { demands: DemandComparison | undefined }>({
  max: 5_000,
  maxSize: SIZE_MAX,
  sizeCalculation: ({ demands }) => 1 + (demands ? sizeOf(demands) : 0),
});

/** Compares the demands of two contents. @returns undefined if one of them is too large to be judged */
export function compareStoredDemands(
  organisationId: string,
  before: StoredRenderable,
  after: StoredRenderable,
  parse: Parse,
): DemandComparison | undefined {
  const key = `${organisationId} ${before.key} ${after.key}`;
  const known = results.get(key) ?? { demands: compareDemands(before, after, parse) };
  results.set(key, known);
  return known.demands;
}

function sizeOf({ more, less, reads }: DemandComparison): number {
  const { paths, literals, compared } = reads;
  const tests = [...more, ...less].reduce((sum, demand) => sum + demand.tests.length, 0);
  return more.length + less.length + tests + paths.length + literals.length + compared.length;
}
