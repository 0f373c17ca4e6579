import { compareDemands, type DemandComparison } from '@anvil/core/contract/demands';
import type { Parse } from '@anvil/core/template/parse';
import { LRUCache } from 'lru-cache';
import type { StoredRenderable } from './renderables.ts';

/** Characters of all remembered comparisons as JSON. A constant of a template may be as long as the template. */
const SIZE_MAX = 8 * 1024 * 1024;

/**
 * Comparisons by the pair: they depend on nothing else. A preview and the publication after it use the same one, and so do
 * requests that ask at the same time.
 */
const results = new LRUCache<string, { demands: DemandComparison | undefined }>({
  max: 5_000,
  maxSize: SIZE_MAX,
  sizeCalculation: ({ demands }) => 1 + (demands ? JSON.stringify(demands).length : 0),
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
