import type { Knex } from 'knex';
import { immutableTable, tenantTable } from './tenant-table.ts';

/** What is worked on: projects, prompt sets, their drafts with prompts and revisions, and the stored contents. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception 'Rows of % are final: they are never changed or deleted', tg_table_name
          using errcode = 'insufficient_privilege';
      end
    $$;

    create table projects (
      organisation_id uuid not null references organisations,
      id uuid not null,
      slug text collate "C" not null,
      name text not null,
      description text not null default '',
      created_at timestamptz not null default now(),
      primary key (organisation_id, id),
      constraint projects_slug_key unique (organisation_id, slug)
    );

    create table prompt_sets (
      organisation_id uuid not null,
      id uuid not null,
      project_id uuid not null,
      slug text collate "C" not null,
      name text not null,
      description text not null default '',
      -- Counts the versions; taking the next one locks this row, so that two people publish one after the other.
      last_ordinal integer not null default 0,
      created_at timestamptz not null default now(),
      primary key (organisation_id, id),
      foreign key (organisation_id, project_id) references projects,
      constraint prompt_sets_slug_key unique (organisation_id, project_id, slug)
    );

    -- The main draft has no line; the draft of a patch names the line that it continues ("1.4").
    create table drafts (
      organisation_id uuid not null,
      id uuid not null,
      set_id uuid not null,
      line text,
      created_at timestamptz not null default now(),
      primary key (organisation_id, id),
      foreign key (organisation_id, set_id) references prompt_sets,
      constraint drafts_line_key unique nulls not distinct (organisation_id, set_id, line)
    );

    -- One prompt's kind, template, parameters and config as canonical JSON (RFC 8785), once per organisation.
    create table contents (
      organisation_id uuid not null references organisations,
      sha256 text collate "C" not null check (sha256 ~ '^[0-9a-f]{64}$'),
      body text not null,
      -- Slugs that its templates render: what a publication has to look at besides what changed.
      renders text[] not null default '{}',
      created_at timestamptz not null default now(),
      primary key (organisation_id, sha256)
    );

    create table prompts (
      organisation_id uuid not null,
      id uuid not null,
      draft_id uuid not null,
      set_id uuid not null,
      slug text collate "C" not null,
      name text not null,
      -- The newest revision: number and content. Raised by UPDATE … RETURNING, which is the optimistic lock.
      revision integer not null,
      content_sha256 text collate "C" not null,
      archived_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (organisation_id, id),
      foreign key (organisation_id, draft_id) references drafts,
      foreign key (organisation_id, set_id) references prompt_sets,
      foreign key (organisation_id, content_sha256) references contents,
      constraint prompts_slug_key unique (organisation_id, draft_id, slug)
    );
    create index prompts_set_id on prompts (organisation_id, set_id, slug);
    create index prompts_updated_at on prompts (organisation_id, set_id, updated_at);

    create table revisions (
      organisation_id uuid not null,
      prompt_id uuid not null,
      number integer not null,
      content_sha256 text collate "C" not null,
      -- How it came about: a person or program saved it, or an import did (which leaves what people edited alone).
      source text not null check (source in ('save', 'import')),
      author_kind text not null check (author_kind in ('user', 'api_key')),
      author_id uuid not null,
      created_at timestamptz not null default now(),
      primary key (organisation_id, prompt_id, number),
      foreign key (organisation_id, prompt_id) references prompts,
      foreign key (organisation_id, content_sha256) references contents
    );

    create index revisions_content on revisions (organisation_id, content_sha256);

    -- A slug of anything published belongs to that thing alone, for ever.
    create table reserved_slugs (
      organisation_id uuid not null references organisations,
      parent_id uuid not null,
      slug text collate "C" not null,
      thing_id uuid not null,
      created_at timestamptz not null default now(),
      primary key (organisation_id, parent_id, slug)
    );
  `);
  for (const table of ['projects', 'prompt_sets', 'drafts', 'prompts']) {
    await tenantTable(knex, table, ['select', 'insert', 'update', 'delete']);
  }
  for (const table of ['contents', 'revisions', 'reserved_slugs']) {
    await tenantTable(knex, table, ['select', 'insert']);
    await immutableTable(knex, table);
  }
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table reserved_slugs, revisions, prompts, contents, drafts, prompt_sets, projects;
    drop function refuse_change();
  `);
}
