import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { Release } from '../release.ts';
import { closeSession, createSession } from '../sessions.ts';
import { ARCHIVE_LIMITS, setLimits } from '../timeouts.ts';
import { createSum, END_OF_ROWS, FORMAT, SESSION, type ArchiveHead, type TableSum } from './format.ts';
import { copyOut, listSequences, listTables, schemaState, type Table } from './tables.ts';

export interface ExportInput {
  /** `postgres://…` of the owner role, past any pooler. */
  url: string;
  /** The release that exports. The archive's head names it. */
  release: Release;
  /** Takes the archive; ended when it is whole, destroyed when it never will be. */
  output: Writable;
}

/**
 * Writes every table as it is at one moment, while others go on working. Memory stays small whatever the database's
 * size: rows pass through.
 *
 * @returns what was written, by table
 */
export async function exportArchive({ url, release, output }: ExportInput): Promise<TableSum[]> {
  const client = createSession({ url });
  const gzip = createGzip();
  gzip.pipe(output);
  // Whichever of the two fails ends the other; the write that waits gets the reason.
  output.on('error', (error) => gzip.destroy(error));
  gzip.on('error', (error) => output.destroy(error));
  const write = (data: Buffer | string) => put(gzip, data);
  try {
    await client.connect();
    await client.query(SESSION);
    await client.query('begin transaction isolation level repeatable read read only');
    await client.query(setLimits(ARCHIVE_LIMITS));
    const head: ArchiveHead = {
      ...{
        anvil: 'archive',
        format: FORMAT,
        release: release.version,
        commit: release.commit,
        createdAt: new Date().toISOString(),
      },
      migrations: await schemaState(client),
    };
    await write(`${JSON.stringify(head)}\n`);
    const sums: TableSum[] = [];
    for (const table of await listTables(client)) {
      await write(`${JSON.stringify({ table: table.table, columns: table.columns })}\n`);
      const sum = await sumTable(client, table, write);
      await write(`${END_OF_ROWS}\n${JSON.stringify({ rows: sum.rows, sha256: sum.sha256 })}\n`);
      sums.push(sum);
    }
    for (const sequence of await listSequences(client)) await write(`${JSON.stringify(sequence)}\n`);
    await write(`${JSON.stringify({ end: true, tables: sums.length })}\n`);
    gzip.end();
    await finished(output);
    return sums;
  } catch (error) {
    gzip.destroy();
    output.destroy();
    throw error;
  } finally {
    await closeSession(client).catch(() => undefined);
  }
}

/** Reads a table's rows in order. @returns their number and checksum */
export async function sumTable(
  client: pg.ClientBase,
  table: Table,
  each: (block: Buffer) => Promise<void> | void = () => undefined,
): Promise<TableSum> {
  const sum = createSum();
  for await (const block of client.query(copyTo(copyOut(table))) as AsyncIterable<Buffer>) {
    sum.add(block);
    await each(block);
  }
  return { table: table.table, ...sum.end() };
}

/** Writes and waits until there is room for more. */
export async function put(stream: Writable, data: Buffer | string): Promise<void> {
  if (stream.errored) throw stream.errored;
  if (!stream.write(data)) await once(stream, 'drain');
}
