import type { Knex } from 'knex';
import { APPLICATION_ROLE } from '../connections.ts';

/** What the application's role may do with the rows of its organisation. */
type Right = 'select' | 'insert' | 'update' | 'delete';

/** The organisation of the running transaction; after COMMIT the setting is '' and not NULL. */
const CURRENT_ORGANISATION = `nullif(current_setting('anvil.organisation_id', true), '')::uuid`;

/**
 * Opens a tenant table to the application's role: grants, row security and policy together, because one without
 * the others leaks or locks out. There are no default privileges: a table that forgets this call answers 42501.
 * Row security is enabled, not forced, so that the owner's dumps and data migrations see every row.
 */
export async function tenantTable(
  knex: Knex,
  table: string,
  rights: readonly Right[],
  column = 'organisation_id',
): Promise<void> {
  await knex.raw(`
    alter table ${table} enable row level security;
    create policy ${table}_tenant on ${table} to ${APPLICATION_ROLE}
      using (${column} = ${CURRENT_ORGANISATION})
      with check (${column} = ${CURRENT_ORGANISATION});
    grant ${rights.join(', ')} on ${table} to ${APPLICATION_ROLE};
  `);
}

/**
 * Makes the rows of a table final for everybody, the owner included. For the application's role the missing right
 * speaks first (42501); the trigger gives the owner the reason.
 */
export async function immutableTable(knex: Knex, table: string): Promise<void> {
  await knex.raw(`
    create trigger ${table}_immutable before update or delete on ${table}
      for each row execute function refuse_change();
    create trigger ${table}_untruncatable before truncate on ${table}
      for each statement execute function refuse_change();
  `);
}
