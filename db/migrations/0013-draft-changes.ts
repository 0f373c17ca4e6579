import type { Knex } from 'knex';
import { APPLICATION_ROLE } from '../connections.ts';

/**
 * Numbers the changes of drafts, and records in each version up to which change it has the draft. What home lists as
 * unpublished can then be found without comparing whole drafts with their releases.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- From 2: the prompts that exist have the number 1, and their versions 0, so all of these are compared.
    create sequence prompt_changes start 2;
    grant usage on sequence prompt_changes to ${APPLICATION_ROLE};

    alter table prompts add column change_number bigint not null default 1;
    alter table prompts alter column change_number drop default;

    -- Prompts with a higher number may differ from this version; all others are in it as they are in the draft.
    alter table versions add column draft_change bigint not null default 0;

    -- A publication locks the row of the set, and takes its number afterwards. Each change that it doesn't see waits for
    -- this lock, so it gets a higher number.
    create function number_prompt_change() returns trigger language plpgsql as $$
      begin
        perform from prompt_sets s
          where s.organisation_id = new.organisation_id and s.id = new.set_id for key share;
        new.change_number := nextval('prompt_changes');
        return new;
      end
    $$;
    -- A copy of the database brings its numbers along.
    create trigger prompts_number_insert before insert on prompts
      for each row when (new.change_number is null) execute function number_prompt_change();
    create trigger prompts_number_update before update of content_sha256, archived_at, slug on prompts
      for each row execute function number_prompt_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger prompts_number_update on prompts;
    drop trigger prompts_number_insert on prompts;
    drop function number_prompt_change();
    alter table versions drop column draft_change;
    alter table prompts drop column change_number;
    drop sequence prompt_changes;
  `);
}
