import { parse } from 'csv-parse';
import { Transform, type Readable } from 'node:stream';
import { AppError } from '../errors.ts';
import type { ImportRow } from '../schemas/imports.ts';

/** A template of 262,144 characters, four bytes each and every one of them a quote, is below. */
const RECORD_MAX_BYTES = 8 * 1_048_576;

/** One character a byte: whether they are UTF-8 is found out row by row. */
const BYTES = 'latin1';
const UTF_8_MARK = Buffer.from('\ufeff');

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
    encoding: BYTES,
    bom: true, // Of UTF-16, which is read as such.
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
  const unmarked = withoutMark();
  body.pipe(unmarked).pipe(parser);
  parser.once('close', () => body.unpipe(unmarked).resume());
  const textOf = (cell: string | undefined): string | undefined =>
    parser.options.encoding === BYTES ? decodeUtf8(cell ?? '') : (cell ?? '');

  let columns: Columns | undefined;
  let records = 0;
  let row = 0;
  for await (const record of parser as AsyncIterable<string[]>) {
    for (; unreadable[0] && unreadable[0].after <= records; unreadable.shift())
      yield { row: ++row, error: unreadable[0].message };
    records++;
    if (!columns) {
      columns = columnsOf(record.map((cell) => textOf(cell) ?? ''));
      continue;
    }
    if (record.length <= Math.max(columns.name, columns.prompt)) {
      yield { row: ++row, error: `This row has only ${record.length} columns.` };
      continue;
    }
    const [name, prompt] = [textOf(record[columns.name]), textOf(record[columns.prompt])];
    if (name === undefined || prompt === undefined) {
      yield { row: ++row, error: 'This row is not UTF-8. Save the file as UTF-8 and import it again.' };
    } else {
      yield { row: ++row, name, prompt };
    }
  }
  if (!columns) {
    throw new AppError('UNPROCESSABLE_CONTENT', 'The file is empty.', { reason: 'import.empty' });
  }
  for (const { message } of unreadable) yield { row: ++row, error: message };
}

/** Takes a byte order mark of UTF-8 off the beginning, which the parser would take as the order to decode it all. */
function withoutMark(): Transform {
  let head: Buffer | undefined = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (head === undefined) return done(null, chunk);
      const start = Buffer.concat([head, chunk]);
      const isDecided = start.length >= UTF_8_MARK.length;
      head = isDecided ? undefined : start;
      done(
        null,
        isDecided ? start.subarray(start.indexOf(UTF_8_MARK) === 0 ? UTF_8_MARK.length : 0) : undefined,
      );
    },
    flush: (done) => done(null, head),
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @returns the text, or undefined when these bytes are none: put in their place, "�" would be published for good */
function decodeUtf8(bytes: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(bytes, BYTES));
  } catch {
    return undefined;
  }
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
