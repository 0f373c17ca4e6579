import type { Knex } from 'knex';
import { immutableTable, tenantTable } from './tenant-table.ts';

/** What is released: versions as append-only change rows, labels with their history. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table versions (
      organisation_id uuid not null,
      set_id uuid not null,
      ordinal integer not null,
      id uuid not null,
      number text collate "C" not null,
      checksum text collate "C" not null check (checksum ~ '^[0-9a-f]{64}$'),
      changelog text not null default '',
      -- What the contract said when it was published: level, flag, reasons, and the number compared with.
      level text not null check (level in ('major', 'minor', 'patch')),
      behaviour boolean not null,
      changes jsonb not null,
      base_number text,
      prompt_count integer not null,
      engine text not null,
      author_kind text not null check (author_kind in ('user', 'api_key')),
      author_id uuid not null,
      created_at timestamptz not null default now(),
      primary key (organisation_id, set_id, ordinal),
      foreign key (organisation_id, set_id) references prompt_sets,
      constraint versions_number_key unique (organisation_id, set_id, number)
    );

    -- The state of version n is the newest row per slug with from_ordinal <= n; without content: gone. Rows are the
    -- difference to the state of ordinal n - 1, whatever version the new one continues.
    create table version_changes (
      organisation_id uuid not null,
      set_id uuid not null,
      slug text collate "C" not null,
      from_ordinal integer not null,
      content_sha256 text collate "C",
      primary key (organisation_id, set_id, slug, from_ordinal) include (content_sha256),
      foreign key (organisation_id, set_id, from_ordinal) references versions,
      foreign key (organisation_id, content_sha256) references contents
    );

    create index version_changes_content on version_changes (organisation_id, content_sha256);

    -- "latest" is not here: it is the highest released version, computed.
    create table labels (
      organisation_id uuid not null,
      set_id uuid not null,
      name text collate "C" not null,
      ordinal integer not null,
      moved_at timestamptz not null default now(),
      primary key (organisation_id, set_id, name),
      foreign key (organisation_id, set_id, ordinal) references versions
    );

    create table label_moves (
      organisation_id uuid not null,
      set_id uuid not null,
      id uuid not null,
      name text collate "C" not null,
      from_ordinal integer,
      -- Without: the label was taken off.
      to_ordinal integer,
      reason text not null default '',
      author_kind text not null check (author_kind in ('user', 'api_key')),
      author_id uuid not null,
      created_at timestamptz not null default now(),
      primary key (organisation_id, set_id, id),
      foreign key (organisation_id, set_id, from_ordinal) references versions,
      foreign key (organisation_id, set_id, to_ordinal) references versions
    );
    create index label_moves_name on label_moves (organisation_id, set_id, name, id);
  `);
  for (const table of ['versions', 'version_changes', 'label_moves']) {
    await tenantTable(knex, table, ['select', 'insert']);
    await immutableTable(knex, table);
  }
  await tenantTable(knex, 'labels', ['select', 'insert', 'update', 'delete']);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table label_moves, labels, version_changes, versions');
}
