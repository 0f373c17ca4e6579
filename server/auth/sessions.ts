import type { Database } from '#db/connections.ts';
import { Cookie, Lucia, TimeSpan, type Adapter } from 'lucia';
import { randomBytes } from 'node:crypto';
import type { UserActor } from './actor.ts';
import {
  deleteSession,
  deleteSessionsExpiredBefore,
  deleteSessionsOfUser,
  findSession,
  insertSession,
  touchSession,
  type SessionRow,
} from './owner-queries.ts';
import type { SecretKeys } from './secret-keys.ts';

/** What sessions need; every Context has it. */
export interface SessionDeps {
  database: Database;
  secretKeys: SecretKeys;
  now: () => Date;
}

const MINUTE_MS = 60_000;
/** After that a session is over, however much it was used. */
export const SESSION_LIFETIME_MS = 30 * 24 * 60 * MINUTE_MS;
/** How long a session lasts without use, unless its user asked to stay signed in. */
export const SESSION_IDLE_MS = 2 * 60 * MINUTE_MS;
/** `last_used_at` is written when it is older than this: a page of ten requests writes once. */
const TOUCH_AFTER_MS = MINUTE_MS;

const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/;

/**
 * Begins a session. Inside `acrossOrganisations` it is part of that transaction.
 *
 * @returns the token for the cookie: 256 random bits, of which only a keyed hash is stored
 */
export async function startSession(
  deps: SessionDeps,
  input: { userId: string; staySignedIn: boolean },
): Promise<{ token: string; expiresAt: Date }> {
  const token = randomBytes(32).toString('base64url');
  const [sessionId] = deps.secretKeys.sessionIdsOf(token);
  await lucia(deps, [sessionId], input.staySignedIn).createSession(input.userId, {}, { sessionId });
  return { token, expiresAt: endOf(deps.now(), input.staySignedIn, deps.now()) };
}

/** @returns who is signed in by this token, with the memberships of now; `undefined` when the session is over */
export async function readSession(deps: SessionDeps, token: string): Promise<UserActor | undefined> {
  if (!TOKEN_FORM.test(token)) return undefined;
  const ids = deps.secretKeys.sessionIdsOf(token);
  const { user, session } = await lucia(deps, ids).validateSession(ids[0]);
  if (!user || !session) return undefined;
  const { row } = user;
  await touchWhenStale(deps, row);
  const { userId, name, email, isAddressConfirmed, memberships } = row;
  return { kind: 'user', userId, name, email, isAddressConfirmed, sessionId: row.id, memberships };
}

/** Ends one session; ending it again does nothing. */
export async function endSession(deps: SessionDeps, sessionId: string): Promise<void> {
  await lucia(deps, [sessionId]).invalidateSession(sessionId);
}

/** Ends every session of a user, as a changed password does. */
export async function endSessionsOfUser(deps: SessionDeps, userId: string): Promise<void> {
  await lucia(deps, []).invalidateUserSessions(userId);
}

/** Clears sessions away that are over; they let nobody in, with or without this. */
export async function clearExpiredSessions(deps: SessionDeps): Promise<void> {
  await lucia(deps, []).deleteExpiredSessions();
}

export interface SessionCookie {
  name: string;
  /** For whoever writes the header by other means. */
  attributes: { httpOnly: true; sameSite: 'lax'; path: '/'; secure: boolean };
  /** The Set-Cookie of a session that began: without "stay signed in" it goes when the browser is closed. */
  set(session: { token: string; expiresAt: Date; staySignedIn: boolean }): string;
  /** The Set-Cookie that takes it away. */
  clear(): string;
}

/**
 * The cookie that carries the token. On https it is `__Host-` and Secure; on plain http, loopback too, neither, since
 * Safari drops Secure cookies there.
 */
export function sessionCookie({ https }: { https: boolean }): SessionCookie {
  const name = https ? '__Host-anvil_session' : 'anvil_session';
  const attributes = { httpOnly: true, sameSite: 'lax', path: '/', secure: https } as const;
  return {
    name,
    attributes,
    set: ({ token, expiresAt, staySignedIn }) =>
      new Cookie(name, token, { ...attributes, ...(staySignedIn ? { expires: expiresAt } : {}) }).serialize(),
    clear: () => new Cookie(name, '', { ...attributes, maxAge: 0 }).serialize(),
  };
}

declare module 'lucia' {
  interface Register {
    Lucia: ReturnType<typeof lucia>;
    DatabaseUserAttributes: { row: SessionRow };
  }
}

/** Lucia is told hashes only, never tokens: hashing inside the adapter would break renewal and deletion. */
function lucia(deps: SessionDeps, ids: readonly string[], staySignedIn = false) {
  return new Lucia(adapter(deps, ids, staySignedIn), {
    sessionExpiresIn: new TimeSpan(SESSION_LIFETIME_MS, 'ms'),
    getUserAttributes: ({ row }) => ({ row }),
  });
}

/**
 * Lucia's view of our sessions. It renews only in the second half of a period and knows neither idle time nor an
 * absolute end, so the times are ours: `expires_at` is moved by touchWhenStale. And it reads the machine's clock, so
 * the time it is given is shifted by how far that differs from ours.
 *
 * @param ids where the session may be, one per secret
 */
function adapter(deps: SessionDeps, ids: readonly string[], staySignedIn: boolean): Adapter {
  const { database, now } = deps;
  return {
    getSessionAndUser: async () => {
      const row = await findSession(database, ids);
      if (!row) return [null, null];
      const shiftMs = Date.now() - now().getTime();
      const expiresAt = new Date(row.expiresAt.getTime() + shiftMs);
      return [
        { id: row.id, userId: row.userId, expiresAt, attributes: {} },
        { id: row.userId, attributes: { row } },
      ];
    },
    getUserSessions: () => Promise.reject(new Error('Sessions are not listed through Lucia')),
    setSession: ({ id, userId }) => {
      const createdAt = now();
      const expiresAt = endOf(createdAt, staySignedIn, createdAt);
      return insertSession(database, { id, userId, staySignedIn, createdAt, expiresAt });
    },
    updateSessionExpiration: () => Promise.resolve(),
    deleteSession: (id) => deleteSession(database, id),
    deleteUserSessions: (userId) => deleteSessionsOfUser(database, userId),
    deleteExpiredSessions: () => deleteSessionsExpiredBefore(database, now()),
  };
}

async function touchWhenStale(deps: SessionDeps, row: SessionRow): Promise<void> {
  const lastUsedAt = deps.now();
  if (lastUsedAt.getTime() - row.lastUsedAt.getTime() < TOUCH_AFTER_MS) return;
  const expiresAt = endOf(row.createdAt, row.staySignedIn, lastUsedAt);
  await touchSession(deps.database, { id: row.id, lastUsedAt, expiresAt });
}

/** When a session is over that is not used after `lastUsedAt`. */
function endOf(createdAt: Date, staySignedIn: boolean, lastUsedAt: Date): Date {
  const end = createdAt.getTime() + SESSION_LIFETIME_MS;
  return new Date(staySignedIn ? end : Math.min(end, lastUsedAt.getTime() + SESSION_IDLE_MS));
}
