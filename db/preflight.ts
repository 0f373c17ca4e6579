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
