import type { Knex } from 'knex';
import { tenantTable } from './tenant-table.ts';

/** The parts of a file that is being imported. They are stored until the whole file was received and checked. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Unlogged: a crash of the database ends the import, so its parts needn't survive it.
    create unlogged table import_parts (
      organisation_id uuid not null references organisations,
      import_id uuid not null,
      number integer not null,
      bytes bytea not null,
      created_at timestamptz not null,
      primary key (organisation_id, import_id, number)
    );
    create index import_parts_created_at on import_parts (created_at);
    -- A part is a megabyte that is read once. Compressing it would only cost time.
    alter table import_parts alter column bytes set storage external;
  `);
  await tenantTable(knex, 'import_parts', ['select', 'insert', 'delete']);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table import_parts');
}
