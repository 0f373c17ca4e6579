import type { Knex } from 'knex';
import { APPLICATION_ROLE } from '../connections.ts';
import { tenantTable } from './tenant-table.ts';

/** Who there is: users with their sessions (read by auth/ alone, as owner), organisations, members, the operator. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    grant usage on schema public to ${APPLICATION_ROLE};

    create table users (
      id uuid primary key,
      email text not null constraint users_email_key unique check (email = lower(email)),
      name text not null,
      password_hash text,
      created_at timestamptz not null default now()
    );

    -- The id is a keyed hash of the token in the cookie, so a copy of this table signs nobody in.
    create table sessions (
      id text primary key,
      user_id uuid not null references users on delete cascade,
      stay_signed_in boolean not null default false,
      created_at timestamptz not null default now(),
      last_used_at timestamptz not null default now(),
      expires_at timestamptz not null
    );
    create index sessions_user_id on sessions (user_id);

    -- The very first account of the instance. One row, whatever happens at the same time.
    create table operators (
      only_one boolean primary key default true check (only_one),
      user_id uuid not null references users on delete cascade,
      created_at timestamptz not null default now()
    );

    create table organisations (
      id uuid primary key,
      slug text not null constraint organisations_slug_key unique,
      name text not null,
      created_at timestamptz not null default now()
    );

    create table memberships (
      organisation_id uuid not null references organisations,
      user_id uuid not null references users,
      role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
      created_at timestamptz not null default now(),
      primary key (organisation_id, user_id)
    );
    create index memberships_user_id on memberships (user_id);

    -- Everybody who was ever a member, by the name to show beside what they did; stays when they leave.
    create table people (
      organisation_id uuid not null references organisations,
      user_id uuid not null,
      name text not null,
      primary key (organisation_id, user_id)
    );
  `);
  await tenantTable(knex, 'organisations', ['select', 'update'], 'id');
  await tenantTable(knex, 'memberships', ['select', 'insert', 'update', 'delete']);
  await tenantTable(knex, 'people', ['select', 'insert', 'update']);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table people, memberships, organisations, operators, sessions, users;
    revoke usage on schema public from ${APPLICATION_ROLE};
  `);
}
