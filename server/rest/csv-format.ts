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

/** Returns the whole characters of a stream of bytes as UTF-8. An incomplete one is kept for the next call. */
type Decode = (bytes: Buffer, isLast: boolean) => Buffer;

/**
 * Passes on a CSV file as UTF-8 without a byte order mark, and finds its delimiter in the first line. A file in UTF-16
 * needs a byte order mark.
 *
 * @param onFirstLine called once, before anything is passed on; without the line if that is longer than 64 kB. What it
 *   throws becomes the stream's error.
 * @throws AppError UNPROCESSABLE_CONTENT `import.encoding`, as the stream's error
 */
export function createCsvText(
  onFirstLine: (line: string | undefined, delimiter: Delimiter) => void,
): Transform {
  let head: Buffer | undefined = Buffer.alloc(0);
  let decode: Decode | undefined;

  const begin = (bytes: Buffer, isLast: boolean): Buffer => {
    head = undefined;
    const found = MARKS.find(({ mark }) => bytes.subarray(0, mark.length).equals(mark));
    decode = found && found.encoding !== 'utf-8' ? decodeUtf16(found.encoding) : createUtf8Check();
    const text = decode(bytes.subarray(found?.mark.length ?? 0), isLast);
    const end = endOfFirstLine(text);
    const isWhole = end < HEAD_MAX_BYTES && (isLast || end < text.length);
    const firstLine = text.subarray(0, Math.min(end, HEAD_MAX_BYTES));
    // UTF-16 without a byte order mark.
    if (firstLine.includes(0)) throw wrongEncoding(1);
    const line = firstLine.toString();
    onFirstLine(isWhole ? line : undefined, delimiterOf(line));
    return text;
  };

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      attempt(done, () => {
        if (decode) return decode(chunk, false);
        head = head?.length ? Buffer.concat([head, chunk]) : chunk;
        const isEnough = head.length >= HEAD_MAX_BYTES || endOfFirstLine(head) < head.length;
        return isEnough ? begin(head, false) : undefined;
      });
    },
    flush(done) {
      attempt(done, () => (decode ? decode(Buffer.alloc(0), true) : begin(head ?? Buffer.alloc(0), true)));
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

function decodeUtf16(encoding: 'utf-16le' | 'utf-16be'): Decode {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (bytes, isLast) => {
    try {
      return Buffer.from(decoder.decode(bytes, { stream: !isLast }));
    } catch {
      throw wrongEncoding();
    }
  };
}

function createUtf8Check(): Decode {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  return (bytes, isLast) => {
    const all = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
    const end = isLast ? all.length : endOfCharacters(all);
    const whole = all.subarray(0, end);
    rest = all.subarray(end);
    if (!isUtf8(whole)) throw wrongEncoding(line + countLines(whole.subarray(0, firstWrongByte(whole))));
    line += countLines(whole);
    return whole;
  };
}

/** Where the last character ends that isn't cut off. */
function endOfCharacters(bytes: Buffer): number {
  for (let length = 1; length <= 3; length += 1) {
    const byte = bytes.at(-length);
    if (byte === undefined) break;
    const isContinuation = (byte & 0xc0) === 0x80;
    if (isContinuation) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > length ? bytes.length - length : bytes.length;
  }
  return bytes.length;
}

/** The first line of which no part is read as text: all before it is UTF-8. */
function firstWrongByte(bytes: Buffer): number {
  let begin = 0;
  for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, begin)) {
    if (!isUtf8(bytes.subarray(begin, end))) break;
    begin = end + 1;
  }
  return begin;
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
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

/** @param line where the encoding is wrong, if that is known */
function wrongEncoding(line?: number): AppError {
  return new AppError(
    'UNPROCESSABLE_CONTENT',
    `${line === undefined ? 'The file' : `Line ${line.toLocaleString('en-US')} of the file`} isn’t UTF-8, so nothing was imported. Save the file as UTF-8 and import it again.`,
    { reason: 'import.encoding' },
  );
}
