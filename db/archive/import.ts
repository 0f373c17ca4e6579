import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { z } from 'zod';
import { isRefusedData } from '../errors.ts';
import { describeRelease, type Release } from '../release.ts';
import { closeSession, createSession } from '../sessions.ts';
import { ARCHIVE_LIMITS, setLimits } from '../timeouts.ts';
import { put, sumTable } from './export.ts';
import { ArchiveError, createSum, FORMAT, SESSION, type TableSum } from './format.ts';
import { readLines, type LineReader } from './read-lines.ts';
import { assertEmptyTable, takeSchema, type ArchiveHeader } from './take-schema.ts';
import { isLeftByAStart, listTables, type Table } from './tables.ts';

export interface ImportInput {
  /** `postgres://…` of the owner role, past any pooler; its database is empty. */
  url: string;
  /** The release that imports. */
  release: Release;
  input: Readable;
}

const Head = z.object({
  anvil: z.literal('archive'),
  format: z.number(),
  // Both become part of a connection's options.
  release: z.string().regex(/^[\w.+-]{1,64}$/),
  commit: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .default('unknown'),
  migrations: z.array(z.string()),
});
const TableLine = z.object({ table: z.string(), columns: z.array(z.string()) });
const SumLine = z.object({ rows: z.number(), sha256: z.string() });
const SequenceLine = z.object({ sequence: z.string(), value: z.string().regex(/^\d+$/) });
const EndLine = z.object({ end: z.literal(true), tables: z.number() });

/**
 * Fills an empty database from an archive of this release or an older one. The database gets the schema of the archive
 * first; the caller migrates it afterwards. All rows are inserted in one transaction and read back: afterwards the tables
 * have the counts and checksums that the archive states, or no rows.
 *
 * @returns what was inserted, by table
 * @throws ArchiveError if the archive is damaged or of a newer release, or the database isn't empty
 */
export async function importArchive({ url, release, input }: ImportInput): Promise<TableSum[]> {
  const client = createSession({ url });
  const gunzip = createGunzip();
  input.on('error', (error) => gunzip.destroy(error));
  try {
    await client.connect();
    await client.query(SESSION);
    const lines = readLines(input.pipe(gunzip));
    const head = await readHead(lines, release);
    await takeSchema({ client, url, release }, head);
    await client.query('begin');
    await client.query(setLimits(ARCHIVE_LIMITS));
    const tables = await listTables(client);
    await takeEmptyTables(client, tables);
    const sums = await readTables(client, lines, tables);
    for (const sum of sums) await compare(client, sum, tables);
    await client.query('commit');
    return sums;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw asArchiveError(error);
  } finally {
    input.destroy();
    gunzip.destroy();
    await closeSession(client).catch(() => undefined);
  }
}

const releaseOf = ({ release, commit }: z.output<typeof Head>): Release => ({ version: release, commit });

async function readHead(lines: LineReader, release: Release): Promise<ArchiveHeader> {
  const head = Head.safeParse(json(await lines.line()));
  if (!head.success) throw new ArchiveError('This file isn’t an archive of Anvil.');
  if (head.data.format !== FORMAT)
    throw new ArchiveError(
      `The archive has format ${head.data.format}, and this release, ${describeRelease(release)}, reads ${FORMAT}. ` +
        `Import it with release ${describeRelease(releaseOf(head.data))}.`,
    );
  return { ...head.data, release: releaseOf(head.data) };
}

/** Nobody else writes until the end; a row in any of the product's tables stops it. */
async function takeEmptyTables(client: pg.Client, tables: readonly Table[]): Promise<void> {
  await client.query(`lock table ${tables.map(({ table }) => table).join(', ')} in share row exclusive mode`);
  for (const { table } of [...tables].reverse()) {
    if (isLeftByAStart(table)) await client.query(`delete from ${table}`);
    await assertEmptyTable(client, table);
  }
}

async function readTables(
  client: pg.Client,
  lines: LineReader,
  tables: readonly Table[],
): Promise<TableSum[]> {
  const sums: TableSum[] = [];
  for (;;) {
    const line = json(await lines.line());
    const table = TableLine.safeParse(line);
    const sequence = SequenceLine.safeParse(line);
    const end = EndLine.safeParse(line);
    if (table.success) sums.push(await readTable(client, lines, known(table.data, tables)));
    else if (sequence.success) await setSequence(client, sequence.data);
    else if (end.success && end.data.tables === sums.length && sums.length === tables.length) break;
    else
      throw new ArchiveError(
        'The archive is damaged: between two tables stands something else, or one is missing.',
      );
  }
  if ((await lines.line()) !== undefined)
    throw new ArchiveError('The archive is damaged: it goes on behind its end.');
  return sums;
}

/** Only names that this database itself has go into SQL. */
function known(line: z.output<typeof TableLine>, tables: readonly Table[]): Table {
  const table = tables.find((one) => one.table === line.table);
  if (!table || line.columns.join() !== table.columns.join())
    throw new ArchiveError(`The archive is damaged: this database has no such table as its ${line.table}.`);
  return table;
}

async function readTable(client: pg.Client, lines: LineReader, { table, columns }: Table): Promise<TableSum> {
  const sum = createSum();
  const copy = client.query(copyFrom(`copy ${table} (${columns.join(', ')}) from stdin`));
  // Listened to from the start: an error between two writes must reach whoever waits next.
  const over = once(copy, 'finish');
  over.catch(() => undefined);
  try {
    await lines.rows(async (block) => {
      sum.add(block);
      await put(copy, block);
    });
  } catch (error) {
    copy.destroy();
    throw error;
  }
  copy.end();
  await over;
  const stated = SumLine.safeParse(json(await lines.line()));
  const { rows, sha256 } = sum.end();
  if (!stated.success || stated.data.rows !== rows || stated.data.sha256 !== sha256)
    throw new ArchiveError(`The archive is damaged: the rows of ${table} are not those that were written.`);
  return { table, rows, sha256 };
}

async function setSequence(
  client: pg.Client,
  { sequence, value }: z.output<typeof SequenceLine>,
): Promise<void> {
  await client.query('select setval(to_regclass($1), $2::bigint)', [sequence, value]);
}

/** What the table gives back has to be what the archive states. */
async function compare(client: pg.Client, sum: TableSum, tables: readonly Table[]): Promise<void> {
  const table = tables.find((one) => one.table === sum.table);
  if (!table) throw new ArchiveError(`There is no table ${sum.table}.`);
  const stored = await sumTable(client, table);
  if (stored.rows !== sum.rows || stored.sha256 !== sum.sha256)
    throw new ArchiveError(`The rows of ${sum.table} came out of the database other than they went in.`);
}

function json(line: string | undefined): unknown {
  if (line === undefined) throw new ArchiveError('The archive breaks off before its end.');
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function asArchiveError(error: unknown): unknown {
  const { code } = error as { code?: string };
  if (code === 'Z_BUF_ERROR')
    return new ArchiveError('The archive breaks off before its end.', { cause: error });
  if (code?.startsWith('Z_'))
    return new ArchiveError('The archive is damaged, or no archive of Anvil’s.', { cause: error });
  if (isRefusedData(error))
    return new ArchiveError(`The archive is damaged: ${error.message}`, { cause: error });
  return error;
}
