import type { Knex } from 'knex';

/** `concurrently` isn't allowed in a transaction. */
export const config = { transaction: false };

/** Finds the prompts of a draft that changed after a version. */
export async function up(knex: Knex): Promise<void> {
  // An attempt that timed out leaves an invalid index.
  await knex.raw('drop index concurrently if exists prompts_change_number');
  await knex.raw(
    'create index concurrently prompts_change_number on prompts (organisation_id, set_id, change_number)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index concurrently if exists prompts_change_number');
}
