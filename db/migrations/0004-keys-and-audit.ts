import type { Knex } from 'knex';
import { immutableTable, tenantTable } from './tenant-table.ts';

/** How programs get in, and the record of what everybody did. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table api_keys (
      organisation_id uuid not null references organisations,
      id uuid not null,
      name text not null,
      -- SHA-256 of the token, not keyed: a rotated secret or a restore kills no application.
      token_sha256 text collate "C" not null constraint api_keys_token_key unique,
      -- The first characters, to tell one key from another.
      token_start text not null,
      scopes text[] not null,
      -- A key without the mark reaches every project; with it those of api_key_projects.
      limited_to_projects boolean not null,
      author_kind text not null check (author_kind in ('user', 'api_key')),
      author_id uuid not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz,
      last_used_at timestamptz,
      revoked_at timestamptz,
      primary key (organisation_id, id)
    );

    create table api_key_projects (
      organisation_id uuid not null,
      api_key_id uuid not null,
      project_id uuid not null,
      primary key (organisation_id, api_key_id, project_id),
      foreign key (organisation_id, api_key_id) references api_keys,
      foreign key (organisation_id, project_id) references projects
    );

    create table audit_entries (
      organisation_id uuid not null references organisations,
      id uuid not null,
      -- A later seal takes what every older transaction has finished: it needs to know whose row this is.
      xid xid8 not null default pg_current_xact_id(),
      actor_kind text not null check (actor_kind in ('user', 'api_key')),
      actor_id uuid not null,
      action text not null,
      subject_kind text not null,
      subject_id uuid not null,
      detail jsonb not null default '{}',
      request_id text,
      created_at timestamptz not null default now(),
      primary key (organisation_id, id)
    );
  `);
  await tenantTable(knex, 'api_keys', ['select', 'insert', 'update']);
  await tenantTable(knex, 'api_key_projects', ['select', 'insert']);
  await tenantTable(knex, 'audit_entries', ['select', 'insert']);
  await immutableTable(knex, 'audit_entries');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table audit_entries, api_key_projects, api_keys');
}
