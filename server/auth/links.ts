import { currentTransaction } from '#db/tenancy.ts';
import type { LinkKind } from '../schemas/accounts.ts';
import type { SecretKeys } from './secret-keys.ts';

// Links that are mailed to people, as they are stored. All inside acrossOrganisations(): who they are for is only found
// out by them.

const MINUTE_MS = 60_000;

/** How long a link can be used from the moment it was made. */
const LIFETIMES_MS: Record<LinkKind, number> = {
  register: 24 * 60 * MINUTE_MS,
  confirm: 24 * 60 * MINUTE_MS,
  reset: 60 * MINUTE_MS,
  sign_in: 15 * MINUTE_MS,
};
/** A mail that could not be sent for so long is not waited for any more. */
const REQUEST_LIFETIME_MS = 36 * 60 * MINUTE_MS;

/** By what tokens are made and found. */
type Keys = Pick<SecretKeys, 'linkTokenOf' | 'linkHashesOf'>;

/** What was asked for. `userId` null with another kind than `register`: nobody has the address, and nothing is sent. */
export interface LinkRow {
  id: string;
  kind: LinkKind;
  userId: string | null;
  /** Of somebody who is registering, in lower case. */
  email: string | null;
  name: string | null;
  provesAddress: boolean;
  createdAt: Date;
  /** Null before the first attempt to mail the link. */
  expiresAt: Date | null;
}

const COLUMNS = ['id', 'kind', 'userId', 'email', 'name', 'provesAddress', 'createdAt', 'expiresAt'] as const;

/** Notes that somebody asked for a link. It opens nothing before `issueLink`. */
export async function insertLink(link: Omit<LinkRow, 'expiresAt'>): Promise<void> {
  await currentTransaction().table('accountLinks').insert(link);
}

/**
 * Creates the link's token, whose time begins with the first attempt to mail it. A later attempt creates the same token
 * and doesn't renew its time, because an earlier mail may have arrived.
 *
 * @returns the link with its token, or undefined when it was used, has expired, or was asked for too long ago
 */
export async function issueLink(
  keys: Keys,
  id: string,
  now: Date,
): Promise<(LinkRow & { expiresAt: Date; token: string }) | undefined> {
  const link = await currentTransaction()
    .table('accountLinks')
    .where({ id })
    .whereNull('usedAt')
    .where('createdAt', '>', new Date(now.getTime() - REQUEST_LIFETIME_MS))
    .forUpdate()
    .first<LinkRow | undefined>(...COLUMNS);
  if (!link || (link.expiresAt && link.expiresAt <= now)) return undefined;
  const token = keys.linkTokenOf(id);
  const [tokenHash] = keys.linkHashesOf(token);
  const expiresAt = link.expiresAt ?? new Date(now.getTime() + LIFETIMES_MS[link.kind]);
  await currentTransaction().table('accountLinks').where({ id }).update({ tokenHash, expiresAt });
  return { ...link, expiresAt, token };
}

/** An unknown outcome is retried once, by which a mail arrives twice at most. */
const UNCONFIRMED_SENDS_MAX = 2;

/**
 * Counts an attempt to mail a link before it begins, so that a process that dies while sending has counted it.
 *
 * @returns how many attempts may have delivered the mail, with this one; undefined when no further one is allowed
 */
export async function countSend(id: string): Promise<number | undefined> {
  const [row] = await currentTransaction()
    .table('accountLinks')
    .where({ id })
    .where('unconfirmedSends', '<', UNCONFIRMED_SENDS_MAX)
    .increment('unconfirmedSends', 1)
    .returning<{ unconfirmedSends: number }[]>('unconfirmedSends');
  return row?.unconfirmedSends;
}

/** Takes an attempt back that has certainly not delivered the mail. */
export async function uncountSend(id: string): Promise<void> {
  await currentTransaction().table('accountLinks').where({ id }).decrement('unconfirmedSends', 1);
}

/** Looks at a link without using it up. @returns undefined for one that is wrong, used or over */
export async function findLink(keys: Keys, token: string, now: Date): Promise<LinkRow | undefined> {
  return currentTransaction()
    .table('accountLinks')
    .whereIn('tokenHash', keys.linkHashesOf(token))
    .whereNull('usedAt')
    .where('expiresAt', '>', now)
    .first<LinkRow | undefined>(...COLUMNS);
}

/**
 * Uses a link up, and with it all others of the same person: of two who use it at the same moment one finds nothing.
 *
 * @returns undefined for one that is wrong, used or over, or of another kind
 */
export async function useLink(
  keys: Keys,
  token: string,
  kinds: readonly LinkKind[],
  now: Date,
): Promise<LinkRow | undefined> {
  const seen = await findLink(keys, token, now);
  if (!seen || !kinds.includes(seen.kind)) return undefined;
  const transaction = currentTransaction();
  // Two links of one person wait for each other here, and not crosswise at each other's rows.
  if (seen.userId) await transaction.table('users').where({ id: seen.userId }).forUpdate().first('id');
  const [link] = await transaction
    .table('accountLinks')
    .where({ id: seen.id })
    .whereNull('usedAt')
    .update({ usedAt: now })
    .returning<LinkRow[]>(COLUMNS);
  if (link?.userId) {
    await transaction
      .table('accountLinks')
      .where({ userId: link.userId })
      .whereNull('usedAt')
      .update({ usedAt: now });
  }
  return link;
}

/** Removes what was asked for so long ago that no link of it can be open; names and addresses go with it. */
export async function deleteOldLinks(now: Date): Promise<void> {
  const longest = Math.max(...Object.values(LIFETIMES_MS));
  await currentTransaction()
    .table('accountLinks')
    .where('createdAt', '<', new Date(now.getTime() - REQUEST_LIFETIME_MS - longest))
    .delete();
}
