import type { Knex } from 'knex';

/** `concurrently` isn't allowed in a transaction. */
export const config = { transaction: false };

/**
 * Publishing looks for the few prompts of a draft that render others. Without this index it looks at the content of
 * each: 6 ms of a set of 2,000. Saves go on while the index is built.
 */
export async function up(knex: Knex): Promise<void> {
  // An attempt that timed out leaves an invalid index.
  await knex.raw('drop index concurrently if exists contents_rendering');
  await knex.raw(
    'create index concurrently contents_rendering on contents (organisation_id, sha256) where cardinality(renders) > 0',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index concurrently if exists contents_rendering');
}
