import type { Knex } from 'knex';
import { APPLICATION_ROLE } from '../connections.ts';

/**
 * Links that are sent by mail, confirmed addresses, and the way to add a job. Read and written before an organisation
 * is known: by auth/ alone, as owner.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- When somebody showed that the address is theirs; without it nobody knows who registered it.
    alter table users add column confirmed_at timestamptz;

    create table account_links (
      id uuid primary key,
      kind text not null check (kind in ('register', 'confirm', 'reset', 'sign_in')),
      -- Nobody, for an address that is unknown (asking writes the same rows then), and for who is only registering.
      user_id uuid references users on delete cascade,
      email text check (email = lower(email)),
      name text,
      -- Whether using it shows that the address is the user's: not when the operator handed it over.
      proves_address boolean not null default true,
      -- Keyed. The token is made by the job that mails it and is stored nowhere; before that there is no link.
      token_hash text collate "C" constraint account_links_token_key unique,
      created_at timestamptz not null default now(),
      expires_at timestamptz,
      used_at timestamptz,
      check ((kind = 'register') = (name is not null)),
      check ((kind = 'register') = (email is not null))
    );
    create index account_links_user_id on account_links (user_id);
    create index account_links_created_at on account_links (created_at);

    -- Which workers are alive: the jobs of one that has not been heard of are given to others.
    create table job_workers (
      worker_id text primary key,
      beat_at timestamptz not null default now()
    );

    -- A job is a task and the id of what it is about, so no secret can lie in one. The tables of graphile-worker have
    -- row security; whoever runs a transaction of ours adds jobs by this function alone.
    create function enqueue(task text, subject_id uuid) returns void
      language plpgsql security definer set search_path = pg_catalog as $$
      begin
        -- Attempt n waits for e^n seconds (at most six hours): 14 of them try for 28 hours.
        perform graphile_worker.add_job(task, json_build_object('id', subject_id), max_attempts => 14);
      end
    $$;
    revoke execute on function enqueue from public;
    grant execute on function enqueue to ${APPLICATION_ROLE};
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function enqueue;
    drop table job_workers, account_links;
    alter table users drop column confirmed_at;
  `);
}
