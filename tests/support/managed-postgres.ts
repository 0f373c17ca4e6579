import { asAdmin } from '#db/embedded/roles.ts';

// A PostgreSQL server as Fly's Managed Postgres documents it
// (https://fly.io/docs/mpg/cluster-configuration/#users-and-roles): logins are created only by the provider, as members of
// one of three groups. None of them may create or grant a role, and none owns a database.

export const MANAGED_ROLES = ['schema_admin', 'writer', 'reader'] as const;
export type ManagedRole = (typeof MANAGED_ROLES)[number];

/** Creates the three groups. @param adminUrl `postgres://…` of a superuser */
export async function createManagedRoles(adminUrl: string): Promise<void> {
  await asAdmin(adminUrl, async (admin) => {
    for (const role of MANAGED_ROLES) {
      await admin.query(`create role ${role} nologin; grant pg_read_all_data to ${role}`);
      if (role !== 'reader') await admin.query(`grant pg_write_all_data to ${role}`);
    }
  });
}

/** Opens a database to the groups. @param adminUrl `postgres://…` of a superuser in that database */
export async function openManagedDatabase(adminUrl: string): Promise<void> {
  await asAdmin(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ name: string }>('select current_database() as name');
    await admin.query(`grant create, temporary on database "${rows[0]?.name}" to schema_admin`);
    await admin.query('grant usage, create on schema public to schema_admin');
  });
}

/** @param password undefined where none is needed */
export async function createManagedLogin(
  adminUrl: string,
  login: { name: string; role: ManagedRole; password?: string | undefined },
): Promise<void> {
  const secret = login.password === undefined ? '' : ` password '${login.password}'`;
  await asAdmin(adminUrl, (admin) =>
    admin.query(`create role "${login.name}" login in role ${login.role}${secret}`),
  );
}

/** Creates all of it, with the owner `fly-user` and the application's login. */
export async function createManagedLogins(
  adminUrl: string,
  password?: string,
): Promise<{ owner: string; application: string }> {
  await createManagedRoles(adminUrl);
  await openManagedDatabase(adminUrl);
  await createManagedLogin(adminUrl, { name: 'fly-user', role: 'schema_admin', password });
  await createManagedLogin(adminUrl, { name: 'anvil_app', role: 'reader', password });
  return { owner: 'fly-user', application: 'anvil_app' };
}
