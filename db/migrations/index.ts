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
}

/** Every migration in order. A list and not a folder: it is bundled, and nothing is searched at run time. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '0001-people', up: people.up, down: people.down },
  { name: '0002-prompts', up: prompts.up, down: prompts.down },
  { name: '0003-versions', up: versions.up, down: versions.down },
  { name: '0004-keys-and-audit', up: keysAndAudit.up, down: keysAndAudit.down },
  { name: '0005-counts-and-repeats', up: countsAndRepeats.up, down: countsAndRepeats.down },
  { name: '0006-mail-links-and-jobs', up: mailLinksAndJobs.up, down: mailLinksAndJobs.down },
  { name: '0007-instance-log', up: instanceLog.up, down: instanceLog.down },
  {
    name: '0008-contents-that-render',
    config: contentsThatRender.config,
    up: contentsThatRender.up,
    down: contentsThatRender.down,
  },
  { name: '0010-first-proof', up: firstProof.up, down: firstProof.down },
  { name: '0011-passwords-and-sending', up: passwordsAndSending.up, down: passwordsAndSending.down },
  { name: '0012-import-parts', up: importParts.up, down: importParts.down },
  { name: '0013-draft-changes', up: draftChanges.up, down: draftChanges.down },
  {
    name: '0014-draft-changes-index',
    config: draftChangesIndex.config,
    up: draftChangesIndex.up,
    down: draftChangesIndex.down,
  },
];
