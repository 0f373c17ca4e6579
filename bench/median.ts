/** The middle of the values, by what `by` makes of each. */
export function median<T>(values: readonly T[], by: (value: T) => number): T {
  const sorted = values.toSorted((a, b) => by(a) - by(b));
  return sorted[Math.floor(sorted.length / 2)] as T;
}
