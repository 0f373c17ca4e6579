import type { Knex } from 'knex';

/**
 * Publishing looks for the few prompts of a draft that render others. Without this index it looks at the content of
 * each: 6 ms of a set of 2,000.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    'create index contents_rendering on contents (organisation_id, sha256) where cardinality(renders) > 0',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index contents_rendering');
}
