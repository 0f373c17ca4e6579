import { APPLICATION_ROLE } from './connections.ts';
import { closeSession, openSession } from './sessions.ts';

/** What a start has to know of the server and the role before it opens its pools. */
export interface Preflight {
  /** Roles that row security does not hold: superusers, and those with BYPASSRLS. */
  unsafeRoles: string[];
  /** Connections that an ordinary role may open. */
  connectionsAvailable: number;
}

/**
 * Asks the database, over one connection.
 *
 * @param url `postgres://…` of the owner role
 */
export async function inspectDatabase(url: string): Promise<Preflight> {
  const client = await openSession({ url });
  try {
    const { rows } = await client.query<{ role: string; unsafe: boolean; available: number }>(
      `select rolname as role, rolsuper or rolbypassrls as unsafe,
              current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as available
         from pg_roles where rolname in (current_user, session_user)`,
    );
    return {
      unsafeRoles: rows.filter((row) => row.unsafe).map((row) => row.role),
      connectionsAvailable: rows[0]?.available ?? 0,
    };
  } finally {
    await closeSession(client);
  }
}

/** @param url `postgres://…` of the owner role */
export async function canBecomeApplication(url: string): Promise<boolean> {
  const client = await openSession({ url });
  try {
    const { rows } = await client.query<{ can: boolean }>(`select pg_has_role($1, 'member') as can`, [
      APPLICATION_ROLE,
    ]);
    return rows[0]?.can ?? false;
  } finally {
    await closeSession(client);
  }
}

/** The reason why a login can't be used for the application role. */
export type LoginProblem = 'other_role' | 'row_security_off' | 'read_only';

/**
 * Tells whether the services can work as a login of their own. Asked after the migrations: row security is off for a
 * superuser, for BYPASSRLS, and for a member of the role that owns a table.
 *
 * @param url `postgres://…` of the application role
 */
export async function inspectApplicationLogin(url: string): Promise<LoginProblem | undefined> {
  const client = await openSession({ url });
  try {
    const { rows } = await client.query<Record<LoginProblem, boolean>>(
      `select current_user <> $1 as other_role,
              exists (select from pg_class where relrowsecurity and not row_security_active(oid)) as row_security_off,
              current_setting('default_transaction_read_only')::bool as read_only`,
      [APPLICATION_ROLE],
    );
    return (['other_role', 'row_security_off', 'read_only'] as const).find((problem) => rows[0]?.[problem]);
  } finally {
    await closeSession(client);
  }
}
