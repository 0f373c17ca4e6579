/**
 * SQL for lists in the natural order of their slugs (`rule-2` before `rule-10`), as `compareSlugs` of core sorts them.
 * Columns are names that the code writes, never values of a request.
 */

/** `rule-2` → `rule-0…02`: a number of 64 digits holds every run of digits of a slug. */
function sortKey(slug: string): string {
  const filled = `regexp_replace(${slug}, '([0-9]+)', repeat('0', 63) || '\\1', 'g')`;
  return `regexp_replace(${filled}, '0*([0-9]{64})', '\\1', 'g') collate "C"`;
}

/** @returns the expressions to order by: for two slugs with equal numbers (`a-1`, `a-01`) the slugs decide */
export function slugOrder(...columns: string[]): string {
  return columns.flatMap((column) => [sortKey(column), column]).join(', ');
}

/** @returns the condition for rows after the one whose slugs are bound to the placeholders (`:after`), in the order of the columns */
export function isAfterSlug(columns: string[], placeholders: string[]): string {
  const values = placeholders.map((placeholder) => `${placeholder}::text collate "C"`);
  return `(${slugOrder(...columns)}) > (${slugOrder(...values)})`;
}
