import { ApiKey, Person, type AuthorKind } from '#db/models/index.ts';
import type { AuthorView } from '../schemas/common.ts';

/** Who wrote a row, as it is stored in it. */
export interface Authored {
  authorKind: AuthorKind;
  authorId: string;
}

/**
 * Loads the names of everybody who wrote one of the rows: one query per kind of author, however many rows. Names come
 * from `people` and not from accounts, so they stay when somebody leaves.
 *
 * Needs inOrganisation().
 *
 * @returns what gives a row's author as it is shown
 */
export async function loadAuthors(rows: readonly Authored[]): Promise<(row: Authored) => AuthorView> {
  const names = new Map<string, string>();
  const userIds = idsOf(rows, 'user');
  if (userIds.length > 0) {
    const people = await Person.query().select('userId', 'name').whereIn('userId', userIds);
    for (const person of people) names.set(`user ${person.userId}`, person.name);
  }
  const apiKeyIds = idsOf(rows, 'api_key');
  if (apiKeyIds.length > 0) {
    const keys = await ApiKey.query().select('id', 'name').whereIn('id', apiKeyIds);
    for (const key of keys) names.set(`api_key ${key.id}`, key.name);
  }
  return ({ authorKind, authorId }) => ({
    kind: authorKind,
    id: authorId,
    name: names.get(`${authorKind} ${authorId}`) ?? 'Unknown',
  });
}

function idsOf(rows: readonly Authored[], kind: AuthorKind): string[] {
  return [...new Set(rows.filter((row) => row.authorKind === kind).map((row) => row.authorId))];
}
