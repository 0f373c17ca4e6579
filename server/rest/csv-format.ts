import { isUtf8 } from 'node:buffer';
import { Transform } from 'node:stream';
import { AppError } from '../errors.ts';

/** The separator between the cells of a file. */
export type Delimiter = ',' | ';' | '\t';

/** The order in which delimiters are tried. Spreadsheets of many countries write semicolons. */
const DELIMITERS: readonly Delimiter[] = [',', ';', '\t'];
/** The first line is looked for up to here, in bytes. */
const HEAD_MAX_BYTES = 65_536;
const LINE_FEED = 0x0a;

/** A byte order mark and the encoding that it stands for. */
const MARKS = [
  { mark: Buffer.from([0xef, 0xbb, 0xbf]), encoding: 'utf-8' },
  { mark: Buffer.from([0xff, 0xfe]), encoding: 'utf-16le' },
  { mark: Buffer.from([0xfe, 0xff]), encoding: 'utf-16be' },
] as const;

export interface CsvTextOptions {
  /**
   * Holds the whole file back until its encoding is checked. Without it only the lines that arrive with the first one
   * are checked before the file is passed on.
   */
  isSmall: boolean;
  /** Called once, before anything is passed on. */
  onDelimiter: (delimiter: Delimiter) => void;
}

/**
 * Passes on a CSV file as UTF-8 without a byte order mark, and finds its delimiter in the first line. A file in UTF-16
 * needs a byte order mark.
 *
 * @throws AppError UNPROCESSABLE_CONTENT `import.encoding`, as the stream's error
 */
export function createCsvText({ isSmall, onDelimiter }: CsvTextOptions): Transform {
  let held: Buffer[] | undefined = [];
  let decoder: TextDecoder | undefined;

  const decode = (bytes: Buffer, isLast: boolean): Buffer => {
    if (!decoder) return bytes;
    try {
      return Buffer.from(decoder.decode(bytes, { stream: !isLast }));
    } catch {
      throw wrongEncoding();
    }
  };
  /** Begins to pass on: returns what was held back, decoded. */
  const begin = (isLast: boolean): Buffer => {
    const bytes = Buffer.concat(held ?? []);
    held = undefined;
    const found = MARKS.find(({ mark }) => bytes.subarray(0, mark.length).equals(mark));
    if (found && found.encoding !== 'utf-8') decoder = new TextDecoder(found.encoding, { fatal: true });
    const text = decode(bytes.subarray(found?.mark.length ?? 0), isLast);
    const firstLine = text.subarray(0, Math.min(endOfFirstLine(text), HEAD_MAX_BYTES));
    // A last line that isn't complete may end inside of a character.
    const lines = isLast ? text : text.subarray(0, text.lastIndexOf(LINE_FEED) + 1);
    if (!isUtf8(lines) || firstLine.includes(0)) throw wrongEncoding(lines);
    onDelimiter(delimiterOf(firstLine.toString()));
    return text;
  };

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      attempt(done, () => {
        if (!held) return decode(chunk, false);
        held.push(chunk);
        if (isSmall) return undefined;
        const head = held.length === 1 ? chunk : Buffer.concat(held);
        held = [head];
        const isEnough = head.length >= HEAD_MAX_BYTES || endOfFirstLine(head) < head.length;
        return isEnough ? begin(false) : undefined;
      });
    },
    flush(done) {
      attempt(done, () => (held ? begin(true) : decode(Buffer.alloc(0), true)));
    },
  });
}

function attempt(done: (error: Error | null, data?: Buffer) => void, work: () => Buffer | undefined): void {
  let bytes: Buffer | undefined;
  try {
    bytes = work();
  } catch (error) {
    return done(error as Error);
  }
  done(null, bytes);
}

/** Where the first line ends that isn't empty, without its line break; the length if it doesn't end. */
function endOfFirstLine(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length && [0x0a, 0x0d, 0, 0xef, 0xbb, 0xbf, 0xff, 0xfe].includes(bytes[at] ?? 0)) at += 1;
  const ends = [bytes.indexOf(LINE_FEED, at), bytes.indexOf(0x0d, at)].filter((end) => end !== -1);
  return ends.length > 0 ? Math.min(...ends) : bytes.length;
}

/** The delimiter that makes the columns `name` and `prompt` of the first line, else a comma. */
function delimiterOf(firstLine: string): Delimiter {
  const hasColumns = (delimiter: Delimiter) => {
    const names = firstLine
      .split(delimiter)
      .map((cell) => cell.replace(/^[\s"]+|[\s"]+$/g, '').toLowerCase());
    return names.includes('name') && names.includes('prompt');
  };
  return DELIMITERS.find(hasColumns) ?? ',';
}

/** @param bytes what was read, to name the line */
function wrongEncoding(bytes?: Buffer): AppError {
  const line = bytes && firstWrongLine(bytes);
  return new AppError(
    'UNPROCESSABLE_CONTENT',
    `${line === undefined ? 'The file' : `Line ${line.toLocaleString('en-US')} of the file`} isn’t UTF-8, so nothing was imported. Save the file as UTF-8 and import it again.`,
    { reason: 'import.encoding' },
  );
}

function firstWrongLine(bytes: Buffer): number {
  let line = 1;
  for (let begin = 0; begin < bytes.length; line += 1) {
    const end = bytes.indexOf(LINE_FEED, begin);
    const next = end === -1 ? bytes.length : end + 1;
    const part = bytes.subarray(begin, next);
    if (!isUtf8(part) || part.includes(0)) return line;
    begin = next;
  }
  return line;
}
