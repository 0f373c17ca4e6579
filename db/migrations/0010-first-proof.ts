import type { Knex } from 'knex';
import { APPLICATION_ROLE } from '../connections.ts';

/** Marks the account that was created with the setup code or on the machine, and closes a race of the first proof. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The first proof of this account's address leaves its API keys alone: nobody else can have created it.
    alter table users add column is_setup_account boolean not null default false;
    update users set is_setup_account = true
      from audit_entries
      where action = 'organisation.create' and detail @> '{"operator": true}'
        and actor_kind = 'user' and actor_id = users.id;

    -- Locks a session against its deletion until the end of the transaction, for a transaction that may not read
    -- sessions. False: the session has ended. Without the lock, a request that is under way while a user's sessions end
    -- could still create an API key.
    create function lock_session(session_id text) returns boolean
      language plpgsql security definer set search_path = pg_catalog as $$
      begin
        perform from public.sessions where id = session_id for key share;
        return found;
      end
    $$;
    revoke execute on function lock_session from public;
    grant execute on function lock_session to ${APPLICATION_ROLE};
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function lock_session;
    alter table users drop column is_setup_account;
  `);
}
