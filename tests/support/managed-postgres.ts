import { asAdmin } from '#db/embedded/roles.ts';

/** Logins as a provider creates them where nobody may create a role by SQL. */
export interface ManagedLogins {
  /** May create schemas and tables, and isn't the owner of the database. */
  owner: string;
  /** Reads everything, and writes what is granted to it. */
  application: string;
}

/**
 * Makes the roles that Fly's Managed Postgres documents (https://fly.io/docs/mpg/cluster-configuration/#users-and-roles):
 * schema admin and reader are groups, and the two logins are members of one each. Neither may create or grant a role.
 *
 * @param adminUrl `postgres://…` of a superuser, in the database that the logins work on
 * @param password of both logins; undefined where none is needed
 */
export async function createManagedLogins(adminUrl: string, password?: string): Promise<ManagedLogins> {
  const logins = { owner: 'fly-user', application: 'anvil_app' };
  const secret = password === undefined ? '' : ` password '${password}'`;
  await asAdmin(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ name: string }>('select current_database() as name');
    await admin.query(`
      create role schema_admin nologin;
      create role reader nologin;
      grant pg_read_all_data, pg_write_all_data to schema_admin;
      grant pg_read_all_data to reader;
      grant create, connect, temporary on database "${rows[0]?.name}" to schema_admin;
      grant usage, create on schema public to schema_admin;
      create role "${logins.owner}" login in role schema_admin${secret};
      create role "${logins.application}" login in role reader${secret};`);
  });
  return logins;
}
