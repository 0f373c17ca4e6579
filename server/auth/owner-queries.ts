import type { Database } from '#db/connections.ts';
import type { Role } from '#db/models/index.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import type { ActorMembership } from './actor.ts';

/**
 * What has to be asked before an organisation is known: users, sessions, memberships and API keys by their secrets.
 * The one file of such queries, beside new-account.ts. Each names its organisation or user, or looks up one unique secret.
 */

/** A session with its user and where the user is a member. */
export interface SessionRow {
  id: string;
  userId: string;
  staySignedIn: boolean;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  name: string;
  email: string;
  isAddressConfirmed: boolean;
  memberships: ActorMembership[];
}

/** @param ids under which it may be stored, the newest secret's first */
export function findSession(database: Database, ids: readonly string[]): Promise<SessionRow | undefined> {
  return acrossOrganisations(database, 'who a session belongs to', async () => {
    const rows = await currentTransaction()
      .table('sessions')
      .join('users', 'users.id', 'sessions.userId')
      .leftJoin('memberships', 'memberships.userId', 'users.id')
      .leftJoin('organisations', 'organisations.id', 'memberships.organisationId')
      .whereIn('sessions.id', [...ids])
      .orderBy(['memberships.createdAt', 'organisations.slug'])
      .select<(Omit<SessionRow, 'isAddressConfirmed'> & { confirmedAt: Date | null } & JoinedMembership)[]>(
        'sessions.id',
        'sessions.userId',
        'sessions.staySignedIn',
        'sessions.createdAt',
        'sessions.lastUsedAt',
        'sessions.expiresAt',
        'users.name',
        'users.email',
        'users.confirmedAt',
        ...MEMBERSHIP_COLUMNS,
      );
    const [first] = rows;
    if (!first) return undefined;
    const { id, userId, staySignedIn, createdAt, lastUsedAt, expiresAt, name, email } = first;
    const isAddressConfirmed = first.confirmedAt !== null;
    const memberships = membershipsOf(rows.filter((row) => row.id === id));
    return {
      ...{ id, userId, staySignedIn, createdAt, lastUsedAt, expiresAt },
      ...{ name, email, isAddressConfirmed, memberships },
    };
  });
}

/** Joins the surrounding transaction when there is one: the account and its first session are made together. */
export async function insertSession(
  database: Database,
  session: Pick<SessionRow, 'id' | 'userId' | 'staySignedIn' | 'createdAt' | 'expiresAt'>,
): Promise<void> {
  await acrossOrganisations(database, 'a session begins', () =>
    currentTransaction()
      .table('sessions')
      .insert({ ...session, lastUsedAt: session.createdAt }),
  );
}

/** Notes that a session was used, and until when it lasts now. */
export async function touchSession(
  database: Database,
  session: { id: string; lastUsedAt: Date; expiresAt: Date },
): Promise<void> {
  const { id, ...times } = session;
  await acrossOrganisations(database, 'a session was used', () =>
    currentTransaction().table('sessions').where({ id }).update(times),
  );
}

export async function deleteSession(database: Database, id: string): Promise<void> {
  await acrossOrganisations(database, 'a session ends', () =>
    currentTransaction().table('sessions').where({ id }).delete(),
  );
}

export async function deleteSessionsOfUser(database: Database, userId: string): Promise<void> {
  await acrossOrganisations(database, 'all sessions of a user end', () =>
    currentTransaction().table('sessions').where({ userId }).delete(),
  );
}

export async function deleteSessionsExpiredBefore(database: Database, time: Date): Promise<void> {
  await acrossOrganisations(database, 'expired sessions are cleared away', () =>
    currentTransaction().table('sessions').where('expiresAt', '<=', time).delete(),
  );
}

/** An account as getting in needs it. */
export interface UserRow {
  id: string;
  email: string;
  name: string;
  passwordHash: string | null;
  /** The password was prepared by `opaqueString` before it was hashed. */
  isPasswordNormalised: boolean;
  /** When it was first shown that the address is the person's. */
  confirmedAt: Date | null;
  /** The account was created with the setup code or on the machine. */
  isSetupAccount: boolean;
  memberships: ActorMembership[];
}

/** @param email in lower case */
export function findAccount(database: Database, email: string): Promise<UserRow | undefined> {
  return findOneUser(database, 'who signs in by this address', 'users.email', email);
}

export function findUser(database: Database, id: string): Promise<UserRow | undefined> {
  return findOneUser(database, 'whose link this is', 'users.id', id);
}

function findOneUser(
  database: Database,
  reason: string,
  column: 'users.id' | 'users.email',
  value: string,
): Promise<UserRow | undefined> {
  return acrossOrganisations(database, reason, async () => {
    const rows = await currentTransaction()
      .table('users')
      .leftJoin('memberships', 'memberships.userId', 'users.id')
      .leftJoin('organisations', 'organisations.id', 'memberships.organisationId')
      .where(column, value)
      .orderBy(['memberships.createdAt', 'organisations.slug'])
      .select<(UserRow & JoinedMembership)[]>(
        'users.id',
        'users.email',
        'users.name',
        'users.passwordHash',
        'users.isPasswordNormalised',
        'users.confirmedAt',
        'users.isSetupAccount',
        ...MEMBERSHIP_COLUMNS,
      );
    const [first] = rows;
    if (!first) return undefined;
    const { id, email, name, passwordHash, isPasswordNormalised, confirmedAt, isSetupAccount } = first;
    const memberships = membershipsOf(rows);
    return { id, email, name, passwordHash, isPasswordNormalised, confirmedAt, isSetupAccount, memberships };
  });
}

/** Changes an account. Inside acrossOrganisations(). */
export async function updateUser(
  id: string,
  change: {
    passwordHash?: string | null;
    isPasswordNormalised?: true;
    confirmedAt?: Date;
    isSetupAccount?: true;
  },
): Promise<void> {
  await currentTransaction().table('users').where({ id }).update(change);
}

/** Replaces the hash of a password that was hashed as it was typed, unless it changed meanwhile. Inside acrossOrganisations(). */
export async function replacePasswordHash(id: string, replaced: string, passwordHash: string): Promise<void> {
  await currentTransaction()
    .table('users')
    .where({ id, passwordHash: replaced })
    .update({ passwordHash, isPasswordNormalised: true });
}

/** Whether anybody has ever registered on this instance. */
export function anyAccount(database: Database): Promise<boolean> {
  return acrossOrganisations(database, 'is this the first account', async () => {
    const { rows } = await currentTransaction().raw<{ rows: { any: boolean }[] }>(
      'select exists (select from users) as any',
    );
    return rows[0]?.any ?? false;
  });
}

/** Notes that a key was used, unless that stands there since `staleBefore` or later. */
export async function touchApiKey(
  database: Database,
  key: { organisationId: string; apiKeyId: string; usedAt: Date; staleBefore: Date },
): Promise<void> {
  const { organisationId, apiKeyId, usedAt, staleBefore } = key;
  await acrossOrganisations(database, 'an API key was used', () =>
    currentTransaction()
      .table('apiKeys')
      .where({ organisationId, id: apiKeyId })
      .where((stale) => {
        void stale.whereNull('lastUsedAt').orWhere('lastUsedAt', '<', staleBefore);
      })
      .update({ lastUsedAt: usedAt }),
  );
}

interface JoinedMembership {
  organisationId: string | null;
  organisationSlug: string;
  organisationName: string;
  role: Role;
}

const MEMBERSHIP_COLUMNS = [
  'memberships.organisationId',
  'memberships.role',
  'organisations.slug as organisationSlug',
  'organisations.name as organisationName',
] as const;

/** Of the rows of a left join: somebody who is a member of nothing has one without an organisation. */
function membershipsOf(rows: readonly JoinedMembership[]): ActorMembership[] {
  return rows.flatMap(({ organisationId, organisationSlug, organisationName, role }) =>
    organisationId === null ? [] : [{ organisationId, organisationSlug, organisationName, role }],
  );
}
