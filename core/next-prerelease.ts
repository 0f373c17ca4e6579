import { isPrerelease, promotedNumber } from './version.ts';

/**
 * Returns the pre-release that follows: `2.4.0-rc.1`, or one after the highest `rc` that exists.
 *
 * @param release `2.4.0`
 * @param existing all numbers of the set, in any order
 * @returns undefined where pre-releases of this release have other names, because their order is unknown
 */
export function nextPrerelease(release: string, existing: readonly string[]): string | undefined {
  const taken = existing.filter((number) => isPrerelease(number) && promotedNumber(number) === release);
  const counts = taken.map((number) => /-rc\.(\d+)$/.exec(number)?.[1]).map(Number);
  if (counts.some(Number.isNaN)) return undefined;
  return `${release}-rc.${counts.reduce((highest, count) => Math.max(highest, count), 0) + 1}`;
}
