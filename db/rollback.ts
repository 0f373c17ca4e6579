import type { Knex } from 'knex';
import { MIGRATIONS } from './migrations/index.ts';
import {
  connectionOf,
  listRunMigrations,
  open,
  withMigrationLock,
  type MigrateInput,
  type RunMigration,
} from './migration-session.ts';
import { releaseId, type Release } from './release.ts';

/** A rollback isn't possible, or deletes more than was allowed. The message says what to do. */
export class RollbackError extends Error {
  override name = 'RollbackError';
}

export interface RollbackInput extends MigrateInput {
  /** How many of the newest migrations are reverted. */
  steps: number;
  /** The release that reverts them. */
  release: Release;
}

/** The data that a rollback deletes. */
interface Loss {
  /** A table, or a column as `table.column`. */
  name: string;
  /** Of the table, or those with a value in the column. */
  rows: number;
}

export interface RollbackPlan {
  /** The migrations to revert, the newest first. */
  migrations: string[];
  /** Those of them that this release didn't bring. */
  earlier: string[];
  losses: Loss[];
}

/**
 * Returns what a rollback would revert and delete. Changes nothing.
 *
 * @throws RollbackError if one of the migrations is unknown to this release
 */
export async function planRollback(input: RollbackInput): Promise<RollbackPlan> {
  const db = open(input, connectionOf(input));
  try {
    const { newest, earlier } = await findNewest(db, input);
    const losses: Loss[] = [];
    const drops = newest.flatMap(({ name }) => known(input).find((one) => one.name === name)?.drops ?? []);
    for (const name of drops) {
      const rows = await countRows(db, name);
      if (rows !== undefined) losses.push({ name, rows });
    }
    return { migrations: newest.map(({ name }) => name), earlier, losses };
  } finally {
    await db.destroy();
  }
}

/**
 * Reverts the newest `steps` migrations, the newest first; each in its own transaction.
 *
 * @param input `deleteData` allows migrations that this release didn't bring
 * @returns their names
 * @throws RollbackError before anything was reverted, if one of them is unknown to this release or isn't allowed;
 *   MigrationLockError
 */
export async function rollback(input: RollbackInput & { deleteData: boolean }): Promise<string[]> {
  return withMigrationLock(input, async ({ db, retry }) => {
    // Again, inside the lock: another release may have migrated since the plan was made.
    const { newest, earlier } = await findNewest(db, input);
    if (earlier.length > 0 && !input.deleteData)
      throw new RollbackError(`This release didn't bring ${earlier.join(', ')}.`);
    const reverted: string[] = [];
    for (let step = 0; step < newest.length; step += 1) {
      const [, names] = await retry(() => db.migrate.down() as Promise<[number, string[]]>);
      reverted.push(...names);
    }
    return reverted;
  });
}

const known = ({ migrations = MIGRATIONS }: MigrateInput) => migrations;

async function findNewest(
  db: Knex,
  input: RollbackInput,
): Promise<{ newest: RunMigration[]; earlier: string[] }> {
  const run = (await listRunMigrations(db)).reverse();
  const newest = run.slice(0, input.steps);
  const unknown = newest.filter(({ name }) => !known(input).some((migration) => migration.name === name));
  if (unknown.length > 0)
    throw new RollbackError(
      `This release can't revert ${unknown.map(({ name }) => name).join(', ')}, which another release brought. ` +
        'Run rollback with that release.',
    );
  const brought = countBrought(run, input.release);
  return { newest, earlier: newest.slice(brought).map(({ name }) => name) };
}

/**
 * Counts the newest migrations that this release brought to a database which an earlier release had used. A release that
 * created the database brought none in this sense: reverting them would delete everything.
 */
function countBrought(newestFirst: readonly RunMigration[], release: Release): number {
  if (release.commit === 'unknown') return 0;
  const id = releaseId(release);
  const others = newestFirst.findIndex((migration) => migration.release !== id);
  return Math.max(others, 0);
}

/** @returns undefined if the table or column doesn't exist */
async function countRows(db: Knex, name: string): Promise<number | undefined> {
  const [table = '', column] = name.split('.');
  const exists = await (column ? db.schema.hasColumn(table, column) : db.schema.hasTable(table));
  if (!exists) return undefined;
  const [row] = await db(table).count<{ rows: string }[]>(`${column ?? '*'} as rows`);
  return Number(row?.rows);
}
