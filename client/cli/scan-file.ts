import type { FileHandle } from 'node:fs/promises';
import { findDollar, findMustache, findSigns } from '../../core/placeholder-signs.ts';
import { wrongArguments } from './errors.ts';

/** How often a file has what looks like placeholders. */
export interface PlaceholderCounts {
  dollar: number;
  mustache: number;
  /** Lines with tags or filters of Liquid. */
  liquid: number;
}

/**
 * Reads a file before it is sent: checks its encoding, and counts what looks like placeholders.
 *
 * @throws CommandError if the file isn't UTF-8, or UTF-16 with a byte order mark
 */
export async function scanFile(file: FileHandle, path: string): Promise<PlaceholderCounts> {
  const counts: PlaceholderCounts = { dollar: 0, mustache: 0, liquid: 0 };
  let line = 1;
  for await (const text of readLines(file, () => wrongEncoding(path, line))) {
    counts.dollar += findDollar(text).length;
    counts.mustache += findMustache(text).length;
    for (const one of text.split('\n')) counts.liquid += findSigns(one).liquid ? 1 : 0;
    line += text.split('\n').length - 1;
  }
  return counts;
}

/** Yields the file in pieces of whole lines. */
async function* readLines(file: FileHandle, fail: () => Error): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let rest = '';
  const decode = (bytes?: Uint8Array): string => {
    try {
      decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true });
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw fail();
    }
  };
  for await (const chunk of file.createReadStream({ autoClose: false, start: 0 })) {
    const text = rest + decode(chunk as Buffer);
    const end = text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    yield text.slice(0, end);
  }
  yield rest + decode();
}

function encodingOf(bytes: Uint8Array = Buffer.alloc(0)): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

function wrongEncoding(path: string, line: number): Error {
  const after = line === 1 ? '' : ` after line ${line.toLocaleString('en-GB')}`;
  return wrongArguments(
    `${path} isn't UTF-8${after}. Save it as UTF-8 and import it again. Nothing was imported.`,
  );
}
