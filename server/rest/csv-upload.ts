import { Transform, type Readable } from 'node:stream';
import type { FileParts } from '../services/imports/import-parts.ts';
import { createCsvText, type Delimiter } from './csv-format.ts';
import { importTooLarge, tooManyColumns } from './csv-errors.ts';

/** Largest file, in bytes (product.md 4). */
export const IMPORT_MAX_BYTES = 64 * 1_048_576;

/** A smaller file stays in memory, and so does the last part of a larger one. */
const PART_BYTES = 1_048_576;

/** More than a line of any prompt has, quoted ones included. */
const LINE_DELIMITERS_MAX = 1_000_000;
/** Comma, semicolon and tab. */
const DELIMITERS = new Set([0x2c, 0x3b, 0x09]);
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A file that was received whole, and whose encoding is right. */
export interface ReceivedFile {
  delimiter: Delimiter;
  /** Of its text in UTF-8, without a byte order mark. */
  length: number;
  /** Yields that text. */
  read(): AsyncIterable<Buffer>;
}

export interface ReceiveInput {
  parts: FileParts;
  /** Ends the reception with its reason. */
  signal: AbortSignal | undefined;
  /** Called as soon as the first line was received, see createCsvText(). What it throws ends the reception. */
  onFirstLine: (line: string | undefined, delimiter: Delimiter) => void;
}

/**
 * Receives a CSV file up to its end and checks its encoding. At most two parts of a megabyte are in memory at a time.
 *
 * @throws AppError UNPROCESSABLE_CONTENT `import.encoding` · PAYLOAD_TOO_LARGE `import.too_large` · what `onFirstLine`
 *   throws · the reason of `signal`
 */
export async function receiveCsv(
  body: Readable,
  { parts, signal, onFirstLine }: ReceiveInput,
): Promise<ReceivedFile> {
  let delimiter: Delimiter = ',';
  const limited = limitFile();
  const text = createCsvText((line, found) => {
    delimiter = found;
    onFirstLine(line, found);
  });
  const stop = (reason: Error) => void text.destroy(reason);
  const onAbort = () => stop(signal?.reason as Error);
  for (const stream of [body, limited]) stream.on('error', stop);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();

  let length = 0;
  let pending: Buffer[] = [];
  let pendingLength = 0;
  try {
    // Not by pipeline(), which destroys the body if the file is refused. The body has to be read to its end, or the
    // connection stays open and nothing reads it.
    body.pipe(limited).pipe(text);
    for await (const chunk of text as AsyncIterable<Buffer>) {
      pending.push(chunk);
      pendingLength += chunk.length;
      length += chunk.length;
      if (pendingLength < PART_BYTES) continue;
      await parts.append(Buffer.concat(pending));
      [pending, pendingLength] = [[], 0];
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    body.unpipe(limited).resume();
  }
  return {
    delimiter,
    length,
    read: async function* () {
      yield* parts.read();
      yield* pending;
    },
  };
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
