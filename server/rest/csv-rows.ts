import { parse, type Parser } from 'csv-parse';
import { Transform, type Readable } from 'node:stream';
import { AppError } from '../errors.ts';
import type { ImportRow } from '../schemas/imports.ts';
import { createCsvText, type Delimiter } from './csv-format.ts';

/** Largest file, in bytes (product.md 4). */
export const IMPORT_MAX_BYTES = 64 * 1_048_576;

/** A content has at most 512 kB, which quotes around quotes double; the rest is for columns that are ignored. */
const RECORD_MAX_BYTES = 2 * 1_048_576;

/** More columns are no list of prompts. Reading the names of a million of them took a second and 500 MB. */
const COLUMNS_MAX = 1_000;

/** More than a line of any prompt has, quoted ones included. */
const LINE_DELIMITERS_MAX = 1_000_000;
/** Comma, semicolon and tab. */
const DELIMITERS = new Set([0x2c, 0x3b, 0x09]);
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

const MESSAGE_MAX_LENGTH = 500;

/** A larger file is read while it is sent. A smaller one is checked as a whole before its first row. */
export const IMPORT_CHECKED_BYTES = 4 * 1_048_576;

/** One character per byte. Each row is decoded by itself. */
const BYTES = 'latin1';

interface Columns {
  name: number;
  prompt: number;
}

export interface ReadCsvOptions {
  /** Ends the reading: the next row is its reason, thrown. */
  signal?: AbortSignal;
  /** The length of the file in bytes, if it is known. */
  length?: number;
}

/**
 * Reads the rows of a CSV file as they are needed. The first line names the columns; other columns are ignored. Cells
 * are separated by commas, semicolons or tabs.
 *
 * @throws AppError UNPROCESSABLE_CONTENT `import.encoding` if the first line isn't UTF-8, nor, in a small file of known
 *   length, any other · `import.columns` if a column is missing · `import.empty` without any row · PAYLOAD_TOO_LARGE
 *   `import.too_large`
 */
export async function* readCsvRows(body: Readable, options: ReadCsvOptions = {}): AsyncGenerator<ImportRow> {
  // Errors of single records come in their place among the rows.
  const unreadable: { after: number; message: string }[] = [];
  const parser = await openParser(body, options, (message, records) =>
    unreadable.push({ after: records, message }),
  );
  let columns: Columns | undefined;
  let records = 0;
  let row = 0;
  for await (const record of parser as AsyncIterable<string[]>) {
    for (; unreadable[0] && unreadable[0].after <= records; unreadable.shift())
      yield { row: ++row, error: unreadable[0].message };
    records++;
    if (!columns) {
      if (record.length > COLUMNS_MAX) throw tooManyColumns('The first line');
      columns = columnsOf(record.map((cell) => decodeUtf8(cell) ?? ''));
      continue;
    }
    if (record.length <= Math.max(columns.name, columns.prompt)) {
      const count = record.length === 1 ? '1 column' : `${record.length} columns`;
      yield { row: ++row, error: `This row has only ${count}.` };
      continue;
    }
    const [name, prompt] = [columns.name, columns.prompt].map((index) => decodeUtf8(record[index] ?? ''));
    if (name === undefined || prompt === undefined) {
      yield { row: ++row, error: 'This row isn’t UTF-8. Save the file as UTF-8 and import it again.' };
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
 * Starts to parse a file, once its first line tells how.
 *
 * @param onUnreadable called for each record that can't be parsed, with the number of records before it
 */
function openParser(
  body: Readable,
  { signal, length = Infinity }: ReadCsvOptions,
  onUnreadable: (message: string, records: number) => void,
): Promise<Parser> {
  return new Promise((resolve, reject) => {
    let parser: Parser | undefined;
    const limited = limitFile();
    // Not by pipeline(), which destroys the body when the rows are refused. It has to be read to its end, or the connection
    // stays open and nothing reads it.
    const end = () => {
      signal?.removeEventListener('abort', onAbort);
      body.unpipe(limited).resume();
    };
    const stop = (reason: Error) => {
      end();
      reject(reason);
      parser?.destroy(reason);
    };
    const onAbort = () => stop(signal?.reason as Error);
    const onDelimiter = (delimiter: Delimiter) => {
      const created: Parser = createParser(delimiter, (message) =>
        onUnreadable(message, created.info.records),
      );
      parser = created;
      text.pipe(created).once('close', end);
      resolve(created);
    };
    const text = createCsvText({ isSmall: length <= IMPORT_CHECKED_BYTES, onDelimiter });
    for (const stream of [body, limited, text]) stream.once('error', stop);
    signal?.addEventListener('abort', onAbort, { once: true });
    body.pipe(limited).pipe(text);
  });
}

function createParser(delimiter: Delimiter, onUnreadable: (message: string) => void): Parser {
  return parse({
    delimiter,
    encoding: BYTES,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: RECORD_MAX_BYTES,
    on_skip: (error) => {
      onUnreadable(error?.message.slice(0, MESSAGE_MAX_LENGTH) ?? 'This row can’t be read.');
      return undefined;
    },
  });
}

/**
 * Passes on a file of at most 64 MB. The parser's limit on a record doesn't count its delimiters, so lines of them are
 * refused here: each is an empty column, and 30 million of these ended a process with a heap of 256 MB.
 */
function limitFile(): Transform {
  let left = IMPORT_MAX_BYTES;
  let delimiters = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) return done(importTooLarge());
      for (const byte of chunk) {
        if (DELIMITERS.has(byte)) delimiters += 1;
        else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) delimiters = 0;
        if (delimiters > LINE_DELIMITERS_MAX) return done(tooManyColumns('A line'));
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

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @returns the text, or undefined if the bytes aren't UTF-8: a "�" in their place would be published for good */
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
