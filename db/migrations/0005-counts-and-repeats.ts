import type { Knex } from 'knex';
import { tenantTable } from './tenant-table.ts';

/** What is counted or kept for a while: repeats of audit entries, answers by Idempotency-Key, shared limits. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- How often something happened again within the hour of its audit entry. The entry itself stays as it was
    -- written; this row beside it is no part of it and may rise.
    create table audit_repeats (
      organisation_id uuid not null,
      actor_kind text not null check (actor_kind in ('user', 'api_key')),
      actor_id uuid not null,
      action text not null,
      -- What of the action, such as the permission that was refused; '' where there is nothing to tell apart.
      about text not null,
      hour timestamptz not null,
      entry_id uuid not null,
      times integer not null check (times > 0),
      last_at timestamptz not null,
      primary key (organisation_id, actor_kind, actor_id, action, about, hour),
      constraint audit_repeats_entry_key unique (organisation_id, entry_id),
      foreign key (organisation_id, entry_id) references audit_entries
    );

    -- Answers of writes, kept for a day in the transaction of the work, so that a repeated request gets the same one.
    create table idempotency_keys (
      organisation_id uuid not null references organisations,
      actor_kind text not null check (actor_kind in ('user', 'api_key')),
      actor_id uuid not null,
      path text collate "C" not null,
      key text collate "C" not null,
      -- Of what was asked: query, body, If-Match.
      request_sha256 text collate "C" not null check (request_sha256 ~ '^[0-9a-f]{64}$'),
      status integer not null,
      headers jsonb not null,
      -- The answer as JSON; without: it held a secret, which is stored nowhere, and thing_id says what was made.
      body text,
      thing_id uuid,
      created_at timestamptz not null,
      primary key (organisation_id, actor_kind, actor_id, path, key),
      check ((body is null) <> (thing_id is null))
    );
    create index idempotency_keys_created_at on idempotency_keys (created_at);

    -- Attempts that all servers count together. Asked before anybody is known, so by the owner alone.
    create table rate_limits (
      -- SHA-256 of the limit's name and whom it is about: neither addresses nor e-mails lie here.
      key text collate "C" primary key check (key ~ '^[0-9a-f]{64}$'),
      points integer not null,
      expires_at timestamptz not null
    );
    create index rate_limits_expires_at on rate_limits (expires_at);
  `);
  await tenantTable(knex, 'audit_repeats', ['select', 'insert', 'update']);
  await tenantTable(knex, 'idempotency_keys', ['select', 'insert', 'delete']);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table rate_limits, idempotency_keys, audit_repeats');
}
