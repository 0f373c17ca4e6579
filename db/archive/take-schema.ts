import type pg from 'pg';
import { migrate } from '../migrate.ts';
import { MIGRATIONS } from '../migrations/index.ts';
import { describeRelease, releaseId, type Release } from '../release.ts';
import { rollback } from '../rollback.ts';
import { ArchiveError } from './format.ts';
import { isLeftByAStart, listTables, schemaState } from './tables.ts';

/** The part of an archive's head that says what schema its rows have. */
export interface ArchiveHeader {
  /** The release that exported. */
  release: Release;
  /** As `schemaState` lists them. */
  migrations: string[];
}

interface EmptyDatabase {
  client: pg.ClientBase;
  /** `postgres://…` of the owner role, past any pooler. */
  url: string;
  /** The release that imports. */
  release: Release;
}

const NAMES = MIGRATIONS.map(({ name }) => name);
const JOBS = /^jobs (\d+)$/;

/**
 * Gives an empty database the schema of an archive: reverts what the archive doesn't have, and runs what it has.
 *
 * @throws ArchiveError if the archive is of a newer release, or the database isn't empty
 */
export async function takeSchema(
  { client, url, release }: EmptyDatabase,
  head: ArchiveHeader,
): Promise<void> {
  const newer = head.migrations.filter((name) => !NAMES.includes(name) && !JOBS.test(name));
  if (newer.length > 0) throw newerArchive(head, release, newer);

  for (const { table } of await listTables(client)) {
    if (!isLeftByAStart(table)) await assertEmptyTable(client, table);
  }
  const run = (await schemaState(client)).filter((name) => !JOBS.test(name));
  const extra = run.findIndex((name) => !head.migrations.includes(name));
  if (extra !== -1) await rollback({ url, release, steps: run.length - extra, deleteData: true });
  const migrations = MIGRATIONS.filter(({ name }) => head.migrations.includes(name));
  await migrate({ url, migrations, release: head.release });
  // Those that this release had run already belong to the archive too. What is migrated afterwards is this release's.
  await client.query('update knex_migrations set release = $1', [releaseId(head.release)]);

  // The library of the jobs migrates its tables to its own version only.
  const [has, wants] = [jobsVersion(await schemaState(client)), jobsVersion(head.migrations)];
  if (wants > has) throw newerArchive(head, release, [`jobs ${wants}`]);
  if (wants < has)
    throw new ArchiveError(
      `The archive of release ${describeRelease(head.release)} has older tables for jobs than this release, ` +
        `${describeRelease(release)}. Import it with that release into a new database, then start this one.`,
    );
}

/** @throws ArchiveError */
export async function assertEmptyTable(client: pg.ClientBase, table: string): Promise<void> {
  const { rows } = await client.query(`select from ${table} limit 1`);
  if (rows.length > 0)
    throw new ArchiveError(`This database isn't empty: ${table} has rows. Import into a new database.`);
}

function newerArchive(head: ArchiveHeader, release: Release, newer: readonly string[]): ArchiveError {
  return new ArchiveError(
    `The archive was made by a newer release, ${describeRelease(head.release)}: this release, ` +
      `${describeRelease(release)}, doesn't know ${newer.join(', ')}. Import it with that release or a newer one.`,
  );
}

function jobsVersion(migrations: readonly string[]): number {
  return Math.max(0, ...migrations.map((name) => Number(JOBS.exec(name)?.[1] ?? 0)));
}
