import type { Knex } from 'knex';

/** How a password was prepared before it was hashed, and how often the outcome of sending a link is unknown. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- False: the password was hashed as it was typed, by a release that did not normalise. It is replaced at the next
    -- sign-in.
    alter table users add column is_password_normalised boolean not null default false;

    -- Attempts that may have delivered the mail of the link. Counted before the attempt, and taken back when the mail
    -- server has certainly not accepted it, so a process that dies while sending leaves it counted.
    alter table account_links add column unconfirmed_sends smallint not null default 0;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table account_links drop column unconfirmed_sends;
    alter table users drop column is_password_normalised;
  `);
}
