import type { Knex } from 'knex';
import { immutableTable } from './tenant-table.ts';

/** What was done to the instance as a whole, past its organisations: by commands on the server. Owner alone. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table instance_log (
      id uuid primary key,
      action text not null,
      detail jsonb not null default '{}',
      created_at timestamptz not null default now()
    );
  `);
  await immutableTable(knex, 'instance_log');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table instance_log');
}
