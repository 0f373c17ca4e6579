import { invalid } from '../errors.ts';
import { id, text, type Page } from '../schemas/common.ts';

/** What a list is ordered by: a column whose values are unique inside the list. */
export type CursorKey = string | number;

/** The column's type in the database, so that no made-up cursor reaches it. */
export type CursorKind = 'text' | 'uuid' | 'integer';

const INTEGER_MAX = 2_147_483_647;
const CURSOR_TEXT_MAX = 200;

/** @returns the opaque text that names the last row of a page */
export function encodeCursor(key: CursorKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * Reads the key of the last row that the caller has seen.
 *
 * @returns `undefined` without a cursor: the first page
 * @throws AppError UNPROCESSABLE_CONTENT at field `cursor` when Anvil never gave this one out for such a list
 */
export function decodeCursor(cursor: string | undefined, kind: 'integer'): number | undefined;
export function decodeCursor(cursor: string | undefined, kind: 'text' | 'uuid'): string | undefined;
export function decodeCursor(cursor: string | undefined, kind: CursorKind): CursorKey | undefined {
  if (cursor === undefined) return undefined;
  const key = parse(cursor);
  if (!isKey(key, kind) || encodeCursor(key) !== cursor) {
    throw invalid(
      'cursor',
      'This isn’t a cursor of this list. Send meta.cursor of the previous page, or leave it out.',
    );
  }
  return key;
}

/**
 * Cuts what was asked for with `limit + 1` into a page; the row too many says that there is more.
 *
 * @param keyOf the value that the list is ordered by, of one row
 */
export function toPage<T>(rows: readonly T[], limit: number, keyOf: (row: T) => CursorKey): Page<T> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, meta: { cursor: more ? encodeCursor(keyOf(last)) : null, has_more: more } };
}

/** The same page with each row as it is shown. */
export function mapPage<T, V>(page: Page<T>, view: (row: T) => V): Page<V> {
  return { data: page.data.map(view), meta: page.meta };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function isKey(value: unknown, kind: CursorKind): value is CursorKey {
  if (kind === 'integer') return Number.isInteger(value) && Math.abs(value as number) <= INTEGER_MAX;
  return (kind === 'uuid' ? id : text(CURSOR_TEXT_MAX)).safeParse(value).success;
}
