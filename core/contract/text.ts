/**
 * Returns the number of lines that only one of two texts has, of the text with more of them. It is 0 when lines were only
 * moved. Takes time in proportion to the texts.
 */
export function countChangedLines(before: string, after: string): number {
  const balance = new Map<string, number>();
  for (const line of before.split('\n')) balance.set(line, (balance.get(line) ?? 0) - 1);
  for (const line of after.split('\n')) balance.set(line, (balance.get(line) ?? 0) + 1);
  let removed = 0;
  let added = 0;
  for (const count of balance.values()) {
    if (count < 0) removed -= count;
    else added += count;
  }
  return Math.max(removed, added);
}
