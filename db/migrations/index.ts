import type { Knex } from 'knex';
import * as people from './0001-people.ts';
import * as prompts from './0002-prompts.ts';
import * as versions from './0003-versions.ts';
import * as keysAndAudit from './0004-keys-and-audit.ts';
import * as countsAndRepeats from './0005-counts-and-repeats.ts';
import * as mailLinksAndJobs from './0006-mail-links-and-jobs.ts';
import * as instanceLog from './0007-instance-log.ts';
import * as contentsThatRender from './0008-contents-that-render.ts';
import * as firstProof from './0010-first-proof.ts';
import * as passwordsAndSending from './0011-passwords-and-sending.ts';
import * as importParts from './0012-import-parts.ts';
import * as draftChanges from './0013-draft-changes.ts';
import * as draftChangesIndex from './0014-draft-changes-index.ts';

export interface Migration {
  name: string;
  /** Set by a migration that can't run in a transaction. Each of its statements must be repeatable. */
  config?: { transaction: boolean };
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
  /** Tables, and columns as `table.column`, that `down` deletes with what people stored in them. */
  drops?: readonly string[];
}

/** Every migration in order. A list and not a folder: it is bundled, and nothing is searched at run time. */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-people',
    up: people.up,
    down: people.down,
    drops: ['memberships', 'operators', 'organisations', 'people', 'sessions', 'users'],
  },
  {
    name: '0002-prompts',
    up: prompts.up,
    down: prompts.down,
    drops: ['contents', 'drafts', 'projects', 'prompt_sets', 'prompts', 'reserved_slugs', 'revisions'],
  },
  {
    name: '0003-versions',
    up: versions.up,
    down: versions.down,
    drops: ['label_moves', 'labels', 'version_changes', 'versions'],
  },
  {
    name: '0004-keys-and-audit',
    up: keysAndAudit.up,
    down: keysAndAudit.down,
    drops: ['api_key_projects', 'api_keys', 'audit_entries'],
  },
  {
    name: '0005-counts-and-repeats',
    up: countsAndRepeats.up,
    down: countsAndRepeats.down,
    drops: ['audit_repeats', 'idempotency_keys', 'rate_limits'],
  },
  {
    name: '0006-mail-links-and-jobs',
    up: mailLinksAndJobs.up,
    down: mailLinksAndJobs.down,
    drops: ['account_links', 'job_workers', 'users.confirmed_at'],
  },
  { name: '0007-instance-log', up: instanceLog.up, down: instanceLog.down, drops: ['instance_log'] },
  {
    name: '0008-contents-that-render',
    config: contentsThatRender.config,
    up: contentsThatRender.up,
    down: contentsThatRender.down,
  },
  { name: '0010-first-proof', up: firstProof.up, down: firstProof.down, drops: ['users.is_setup_account'] },
  {
    name: '0011-passwords-and-sending',
    up: passwordsAndSending.up,
    down: passwordsAndSending.down,
    drops: ['account_links.unconfirmed_sends', 'users.is_password_normalised'],
  },
  { name: '0012-import-parts', up: importParts.up, down: importParts.down, drops: ['import_parts'] },
  {
    name: '0013-draft-changes',
    up: draftChanges.up,
    down: draftChanges.down,
    drops: ['prompts.change_number', 'versions.draft_change'],
  },
  {
    name: '0014-draft-changes-index',
    config: draftChangesIndex.config,
    up: draftChangesIndex.up,
    down: draftChangesIndex.down,
  },
];
