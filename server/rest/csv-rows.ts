import { parse, type CsvErrorCode, type Parser } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import { Readable } from 'node:stream';
import type { ImportRow } from '../schemas/imports.ts';
import type { FileParts } from '../services/imports/import-parts.ts';
import { emptyFile, MESSAGE_MAX_LENGTH, tooManyColumns, wrongColumns } from './csv-errors.ts';
import type { Delimiter } from './csv-format.ts';
import { receiveCsv, type ReceivedFile } from './csv-upload.ts';

/** A content has at most 512 kB, which quotes around quotes double; the rest is for columns that are ignored. */
const RECORD_MAX_BYTES = 2 * 1_048_576;

/** More columns are no list of prompts. Reading the names of a million of them took a second and 500 MB. */
const COLUMNS_MAX = 1_000;

const OPEN_QUOTE =
  'A cell begins with a quotation mark that is never closed. Close it, then import the file again.';

/** The parser turns all that it is given into rows at once. */
const PARSED_AT_ONCE_BYTES = 65_536;

/** One character per byte. Each cell is decoded by itself. */
const BYTES = 'latin1';

interface Columns {
  name: number;
  prompt: number;
}

export interface ReadCsvOptions {
  /** Where a file of more than a megabyte is kept while it is received. */
  parts: FileParts;
  /** Ends the reading: the next row is its reason, thrown. */
  signal?: AbortSignal;
  /** Called before each row with how much of the file was read, in percent. */
  onPercent?: (percent: number) => void;
}

/**
 * Receives a CSV file, and reads its rows as they are needed. The first line names the columns; other columns are
 * ignored. Cells are separated by commas, semicolons or tabs. The encoding of the whole file and the columns are checked
 * before the first row is returned.
 *
 * @throws AppError UNPROCESSABLE_CONTENT `import.encoding` · `import.columns` if a column is missing or named twice ·
 *   `import.empty` without any row · PAYLOAD_TOO_LARGE `import.too_large`
 */
export async function* readCsvRows(body: Readable, options: ReadCsvOptions): AsyncGenerator<ImportRow> {
  const { parts, signal, onPercent } = options;
  try {
    const file = await receiveCsv(body, { parts, signal, onFirstLine: assertColumns });
    yield* readRows(file, { signal, onPercent });
  } finally {
    await parts.remove();
  }
}

async function* readRows(
  file: ReceivedFile,
  { signal, onPercent }: Pick<ReadCsvOptions, 'signal' | 'onPercent'>,
): AsyncGenerator<ImportRow> {
  // Errors of single records come in their place among the rows.
  const unreadable: { after: number; message: string }[] = [];
  const parser: Parser = createParser(file.delimiter, (message) =>
    unreadable.push({ after: parser.info.records, message }),
  );
  const text = Readable.from(slices(file.read()), { objectMode: false });
  const stop = (reason: Error) => void parser.destroy(reason);
  const onAbort = () => stop(signal?.reason as Error);
  text.once('error', stop);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  text.pipe(parser);

  let columns: Columns | undefined;
  let records = 0;
  let row = 0;
  try {
    for await (const { info, record } of parser as AsyncIterable<ParsedRecord>) {
      onPercent?.(Math.floor((100 * info.bytes) / file.length));
      for (; unreadable[0] && unreadable[0].after <= records; unreadable.shift())
        yield { row: ++row, error: unreadable[0].message };
      records++;
      if (columns) yield toRow(++row, record, columns);
      else columns = columnsOf(record.map(decodeUtf8));
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    text.destroy();
  }
  if (!columns) throw emptyFile();
  for (const { message } of unreadable) yield { row: ++row, error: message };
}

interface ParsedRecord {
  info: { bytes: number };
  record: string[];
}

function toRow(row: number, record: string[], columns: Columns): ImportRow {
  if (record.length <= Math.max(columns.name, columns.prompt)) {
    const count = record.length === 1 ? '1 column' : `${record.length} columns`;
    return { row, error: `This row has only ${count}.` };
  }
  const [name = '', prompt = ''] = [columns.name, columns.prompt].map((index) =>
    decodeUtf8(record[index] ?? ''),
  );
  const isHeader = columnName(name) === 'name' && columnName(prompt) === 'prompt';
  return isHeader ? { row, error: 'This row repeats the first line of the file.' } : { row, name, prompt };
}

/** Refuses a wrong first line while the rest of the file is still being sent. */
function assertColumns(line: string | undefined, delimiter: Delimiter): void {
  if (line === undefined) return;
  let records: string[][];
  try {
    records = parseNow(line, parserOptions(delimiter));
  } catch (error) {
    // A quoted cell of it goes on in the next line. All of it is checked when the file is parsed.
    if ((error as { code?: CsvErrorCode }).code === 'CSV_QUOTE_NOT_CLOSED') return;
    throw error;
  }
  if (records[0]) columnsOf(records[0]);
}

function createParser(delimiter: Delimiter, onUnreadable: (message: string) => void): Parser {
  return parse({
    ...parserOptions(delimiter),
    encoding: BYTES,
    info: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      const isOpen = error?.code === 'CSV_QUOTE_NOT_CLOSED';
      onUnreadable(
        isOpen ? OPEN_QUOTE : (error?.message.slice(0, MESSAGE_MAX_LENGTH) ?? 'This row can’t be read.'),
      );
      return undefined;
    },
  });
}

function parserOptions(delimiter: Delimiter) {
  return {
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: RECORD_MAX_BYTES,
  };
}

async function* slices(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const part of file) {
    for (let begin = 0; begin < part.length; begin += PARSED_AT_ONCE_BYTES)
      yield part.subarray(begin, begin + PARSED_AT_ONCE_BYTES);
  }
}

/** The delimiters of CSV are ASCII, so a cell of a file in UTF-8 is UTF-8. */
function decodeUtf8(cell: string): string {
  return Buffer.from(cell, BYTES).toString();
}

function columnName(cell: string): string {
  return cell.trim().toLowerCase();
}

function columnsOf(head: string[]): Columns {
  if (head.length > COLUMNS_MAX) throw tooManyColumns('The first line');
  const names = head.map(columnName);
  const columns = { name: names.indexOf('name'), prompt: names.indexOf('prompt') };
  if (columns.name < 0 || columns.prompt < 0) {
    const named = head.map((column) => `"${column}"`).join(', ');
    throw wrongColumns(
      `The first line of the file has to name the columns "name" and "prompt"; it names ${named}.`,
    );
  }
  for (const column of ['name', 'prompt'] as const) {
    if (names.lastIndexOf(column) === columns[column]) continue;
    throw wrongColumns(
      `The first line of the file names the column "${column}" twice. Remove or rename one of them.`,
    );
  }
  return columns;
}
