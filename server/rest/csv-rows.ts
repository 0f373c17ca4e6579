import { parse } from 'csv-parse';
import { Transform, type Readable } from 'node:stream';
import { AppError } from '../errors.ts';
import type { ImportRow } from '../schemas/imports.ts';

/** Largest file, in bytes (product.md 4). */
export const IMPORT_MAX_BYTES = 64 * 1_048_576;

/** A content has at most 512 kB, which quotes around quotes double; the rest is for columns that are ignored. */
const RECORD_MAX_BYTES = 2 * 1_048_576;

/** More columns are no list of prompts. Reading the names of a million of them took a second and 500 MB. */
const COLUMNS_MAX = 1_000;

/** More than a line of any prompt has, quoted ones included. */
const LINE_COMMAS_MAX = 1_000_000;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

const MESSAGE_MAX_LENGTH = 500;

/** One character a byte: whether they are UTF-8 is found out row by row. */
const BYTES = 'latin1';
const UTF_8_MARK = Buffer.from('\ufeff');

interface Columns {
  name: number;
  prompt: number;
}

/**
 * Reads the rows of a CSV file as they are needed. The first line names the columns; other columns are ignored.
 *
 * @param signal ends the reading: the next row is its reason, thrown
 * @throws AppError UNPROCESSABLE_CONTENT `import.columns` if a column is missing, `import.empty` without any row ·
 *   PAYLOAD_TOO_LARGE `import.too_large`
 */
export async function* readCsvRows(body: Readable, signal?: AbortSignal): AsyncGenerator<ImportRow> {
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
      const message = error?.message.slice(0, MESSAGE_MAX_LENGTH) ?? 'This row can’t be read.';
      unreadable.push({ after: parser.info.records, message });
      return undefined;
    },
  });
  // Not by pipeline(), which destroys the body when the rows are refused. It has to be read to its end, or the connection
  // stays open and nothing reads it.
  const stop = (reason: unknown) => void parser.destroy(reason as Error);
  const unmarked = withoutMark();
  const limited = limitFile();
  for (const stream of [body, limited]) stream.once('error', stop);
  const onAbort = () => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  body.pipe(limited).pipe(unmarked).pipe(parser);
  parser.once('close', () => {
    signal?.removeEventListener('abort', onAbort);
    body.unpipe(limited).resume();
  });
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
      if (record.length > COLUMNS_MAX) throw tooManyColumns('The first line');
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

/**
 * Passes on a file of at most 64 MB. The parser's limit on a record doesn't count its commas, so lines of them are
 * refused here: each is an empty column, and 30 million of these ended a process with a heap of 256 MB.
 */
function limitFile(): Transform {
  let left = IMPORT_MAX_BYTES;
  let commas = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) return done(importTooLarge());
      for (const byte of chunk) {
        if (byte === COMMA) commas += 1;
        else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) commas = 0;
        if (commas > LINE_COMMAS_MAX) return done(tooManyColumns('A line'));
      }
      done(null, chunk);
    },
  });
}

/** The refusal of a file that is larger than {@link IMPORT_MAX_BYTES}. */
export function importTooLarge(): AppError {
  return new AppError(
    'PAYLOAD_TOO_LARGE',
    'An import has at most 64 MB. Split the file and import the parts one after the other.',
    { reason: 'import.too_large' },
  );
}

function tooManyColumns(line: string): AppError {
  return new AppError(
    'UNPROCESSABLE_CONTENT',
    `${line} of the file has too many columns. Send a CSV file with the columns "name" and "prompt".`,
    { reason: 'import.columns' },
  );
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
      MESSAGE_MAX_LENGTH,
    ),
    { reason: 'import.columns' },
  );
}
