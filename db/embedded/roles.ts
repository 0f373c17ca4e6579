import pg from 'pg';
import { closeSession, openSession } from '../sessions.ts';

/** The same as in connections.ts (a test holds them together), without bringing its pools into the launcher. */
const APPLICATION_ROLE = 'anvil_app';
/** The role that owns the database: it migrates, and every connection signs in as it. */
export const OWNER_ROLE = 'anvil';
/** The database of an embedded cluster. */
export const DATABASE = 'anvil';

/**
 * Makes the two roles, whichever of them is missing: the owner, a plain login that may make neither roles nor
 * databases nor pass row security, and the one the application's queries run as, which it may switch to. Asked at
 * every start, since the first one may have been killed right after the cluster was made.
 *
 * @param adminUrl of a superuser, any database
 * @param password of the owner; undefined where the socket's folder is the lock
 */
export async function ensureRoles(adminUrl: string, password?: string): Promise<void> {
  await asAdmin(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ rolname: string }>(
      'select rolname from pg_roles where rolname = any($1)',
      [[OWNER_ROLE, APPLICATION_ROLE]],
    );
    const there = rows.map((row) => row.rolname);
    if (!there.includes(APPLICATION_ROLE)) await admin.query(`create role ${APPLICATION_ROLE} nologin`);
    if (!there.includes(OWNER_ROLE)) {
      await admin.query(`create role ${OWNER_ROLE} login nosuperuser nocreatedb nocreaterole nobypassrls`);
    }
    if (password !== undefined) {
      await admin.query(`alter role ${OWNER_ROLE} password ${pg.escapeLiteral(password)}`);
    }
    const { rows: member } = await admin.query(
      `select from pg_auth_members where roleid = $1::regrole and member = $2::regrole`,
      [APPLICATION_ROLE, OWNER_ROLE],
    );
    if (member.length === 0) await admin.query(`grant ${APPLICATION_ROLE} to ${OWNER_ROLE}`);
  });
}

/** Makes the owner's database if it is missing. */
export async function ensureDatabase(adminUrl: string): Promise<void> {
  await asAdmin(adminUrl, async (admin) => {
    const { rows } = await admin.query('select from pg_database where datname = $1', [DATABASE]);
    if (rows.length === 0) await admin.query(`create database ${DATABASE} owner ${OWNER_ROLE}`);
  });
}

/** Opens one connection for the work, and closes it. */
export async function asAdmin<T>(adminUrl: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = await openSession({ url: adminUrl });
  try {
    return await work(admin);
  } finally {
    await closeSession(admin);
  }
}
