import { ArchiveError, END_OF_ROWS } from './format.ts';

export interface LineReader {
  /** The next line without its end; undefined behind the last one. */
  line(): Promise<string | undefined>;
  /** Hands on whole lines in blocks, up to the line that ends a table's rows. @throws ArchiveError when there is none */
  rows(each: (block: Buffer) => Promise<void>): Promise<void>;
}

const NEWLINE = 10;
const END = Buffer.from(`${END_OF_ROWS}\n`);
const END_INSIDE = Buffer.from(`\n${END_OF_ROWS}\n`);
/** Far above what a line of JSON between tables takes. */
const LINE_MAX = 1024 * 1024;

/** Cuts a stream of bytes into lines, holding no more than a chunk and the line that it breaks off in. */
export function readLines(input: AsyncIterable<Buffer>): LineReader {
  const chunks = input[Symbol.asyncIterator]();
  /** Starts at the start of a line. */
  let rest: Buffer = Buffer.alloc(0);
  const more = async () => {
    const chunk = await chunks.next();
    if (chunk.done === true) return false;
    rest = rest.length === 0 ? chunk.value : Buffer.concat([rest, chunk.value]);
    return true;
  };
  return {
    line: async () => {
      for (;;) {
        const end = rest.indexOf(NEWLINE);
        if (end !== -1) {
          const line = rest.toString('utf8', 0, end);
          rest = rest.subarray(end + 1);
          return line;
        }
        if (rest.length > LINE_MAX) throw new ArchiveError('This file isn’t an archive of Anvil.');
        if (await more()) continue;
        if (rest.length > 0) throw new ArchiveError('The archive breaks off in the middle of a line.');
        return undefined;
      }
    },
    rows: async (each) => {
      for (;;) {
        if (rest.subarray(0, END.length).equals(END)) {
          rest = rest.subarray(END.length);
          return;
        }
        const inside = rest.indexOf(END_INSIDE);
        const end = inside === -1 ? rest.lastIndexOf(NEWLINE) + 1 : inside + 1;
        if (end > 0) {
          const block = rest.subarray(0, end);
          rest = rest.subarray(end);
          await each(block);
          if (inside !== -1) continue;
        }
        if (!(await more())) throw new ArchiveError('The archive breaks off in the middle of a table.');
      }
    },
  };
}
