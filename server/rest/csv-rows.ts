import { parse } from 'csv-parse';
import type { Readable } from 'node:stream';
import { AppError } from '../errors.ts';
import type { ImportRow } from '../schemas/imports.ts';

/** A template of 262,144 characters, four bytes each and every one of them a quote, is below. */
const RECORD_MAX_BYTES = 8 * 1_048_576;

interface Columns {
  name: number;
  prompt: number;
}

/**
 * The rows of a CSV file, read as they are asked for. The first line names the columns; the others are not looked at.
 *
 * @throws AppError UNPROCESSABLE_CONTENT `import.columns` when one of them is missing, `import.empty` without any row
 */
export async function* readCsvRows(body: Readable): AsyncGenerator<ImportRow> {
  // Errors of single records come in their place among the rows.
  const unreadable: { after: number; message: string }[] = [];
  const parser = parse({
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: RECORD_MAX_BYTES,
    on_skip: (error) => {
      unreadable.push({ after: parser.info.records, message: error?.message ?? 'This row can’t be read.' });
      return undefined;
    },
  });
  // Not by pipeline(), which would take the body's socket away when the rows are refused: nobody would read it to its
  // end, and the connection would stay open without an owner.
  body.once('error', (error) => parser.destroy(error));
  body.pipe(parser);
  parser.once('close', () => body.unpipe(parser).resume());

  let columns: Columns | undefined;
  let records = 0;
  let row = 0;
  for await (const record of parser as AsyncIterable<string[]>) {
    for (; unreadable[0] && unreadable[0].after <= records; unreadable.shift())
      yield { row: ++row, error: unreadable[0].message };
    records++;
    if (!columns) {
      columns = columnsOf(record);
      continue;
    }
    const { name, prompt } = columns;
    if (record.length <= Math.max(name, prompt)) {
      yield { row: ++row, error: `This row has only ${record.length} columns.` };
    } else {
      yield { row: ++row, name: record[name] ?? '', prompt: record[prompt] ?? '' };
    }
  }
  if (!columns) {
    throw new AppError('UNPROCESSABLE_CONTENT', 'The file is empty.', { reason: 'import.empty' });
  }
  for (const { message } of unreadable) yield { row: ++row, error: message };
}

function columnsOf(head: string[]): Columns {
  const names = head.map((column) => column.trim().toLowerCase());
  const columns = { name: names.indexOf('name'), prompt: names.indexOf('prompt') };
  if (columns.name >= 0 && columns.prompt >= 0) return columns;
  throw new AppError(
    'UNPROCESSABLE_CONTENT',
    `The first line of the file has to name the columns "name" and "prompt"; it names ${head.map((column) => `"${column}"`).join(', ')}.`.slice(
      0,
      500,
    ),
    { reason: 'import.columns' },
  );
}
