import fc from 'fast-check';
import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { FileParts } from '../services/imports/import-parts.ts';
import { readCsvRows, type ReadCsvOptions } from './csv-rows.ts';

/** Keeps parts in memory, and says how many there were and whether they are left. */
function memoryParts(): FileParts & { appended: number; left: number } {
  const kept: Buffer[] = [];
  return {
    appended: 0,
    left: 0,
    append(bytes) {
      kept.push(bytes);
      this.left = this.appended = kept.length;
      return Promise.resolve();
    },
    read: () => Readable.from(kept),
    remove() {
      this.left = 0;
      return Promise.resolve();
    },
  };
}

/** @param chunkBytes how the file comes in: whole, or in pieces of so many bytes */
async function rowsOf(
  csv: string | Buffer,
  chunkBytes = Infinity,
  options: ReadCsvOptions = { parts: memoryParts() },
) {
  const bytes = Buffer.from(csv);
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  const rows = [];
  for await (const row of readCsvRows(Readable.from(chunks, { objectMode: false }), options)) rows.push(row);
  return rows;
}

describe('a CSV file', () => {
  it('is read by the names of its columns, wherever they stand, with line breaks and quotes inside', async () => {
    expect(await rowsOf('\ufefftype,Prompt,NAME\r\nx,"a ""b""\nc",One\r\ny,d,Two\r\n')).toEqual([
      { row: 1, name: 'One', prompt: 'a "b"\nc' },
      { row: 2, name: 'Two', prompt: 'd' },
    ]);
  });

  it('tells a row that is too short and goes on', async () => {
    expect(await rowsOf('name,prompt\nOnly\nTwo,text\n')).toEqual([
      { row: 1, error: 'This row has only 1 column.' },
      { row: 2, name: 'Two', prompt: 'text' },
    ]);
  });

  const LATIN = Buffer.concat([
    Buffer.from('name,prompt\nCaf\u00e9,Hi\nTwo,Gr\u00fc\u00dfe \ufffd\ufeff\n'),
    Buffer.from('Three,Gr\u00fc\u00dfe\nFour\u00e9,Hi\n', 'latin1'),
    Buffer.from('Five,ok'),
  ]);

  it.each([1, 7, 12, Infinity])(
    'that isn’t UTF-8 is refused before its first row, in pieces of %d bytes',
    async (chunkBytes) => {
      await expect(rowsOf(LATIN, chunkBytes)).rejects.toMatchObject({
        status: 422,
        reason: 'import.encoding',
        message:
          'Line 4 of the file isn’t UTF-8, so nothing was imported. Save the file as UTF-8 and import it again.',
      });
    },
  );

  it.each([
    ['UTF-16 without a byte order mark', Buffer.from('name,prompt\nA,b\n', 'utf16le')],
    ['Latin-1 in its first line', Buffer.from('n\u00e4me,prompt\n', 'latin1')],
    ['half of a surrogate pair', Buffer.from('\ufeffname,prompt\nA,\ud800\n', 'utf16le')],
    ['half of a unit of UTF-16', Buffer.from('\ufeffname,prompt\nA,b\n', 'utf16le').subarray(0, -1)],
    ['a character that is cut off at the end', Buffer.from('name,prompt\nA,\u{1f600}').subarray(0, -1)],
    ['a surrogate in UTF-8', Buffer.from([...Buffer.from('name,prompt\nA,'), 0xed, 0xa0, 0x80])],
    ['an overlong form', Buffer.from([...Buffer.from('name,prompt\nA,'), 0xc0, 0xaf])],
    ['more than 0x10FFFF', Buffer.from([...Buffer.from('name,prompt\nA,'), 0xf4, 0x90, 0x80, 0x80])],
  ])('with %s is refused', async (_what, file) => {
    for (const chunkBytes of [1, 3, Infinity])
      await expect(rowsOf(file, chunkBytes)).rejects.toMatchObject({ reason: 'import.encoding' });
  });

  it('of 10 MB is refused for its last byte, and leaves nothing behind', async () => {
    const line = Buffer.from(`A,${'\u00fc'.repeat(5_000)}\n`);
    const file = Buffer.concat([
      Buffer.from('name,prompt\n'),
      ...Array<Buffer>(1_000).fill(line),
      Buffer.of(0xfc),
    ]);
    const parts = memoryParts();
    await expect(rowsOf(file, 65_536, { parts })).rejects.toMatchObject({
      reason: 'import.encoding',
      message: expect.stringMatching(/^Line 1,002 of the file/) as string,
    });
    expect([parts.appended, parts.left]).toEqual([9, 0]);
    expect(await rowsOf(file.subarray(0, -1), 65_536)).toHaveLength(1_000);
  });

  it('is checked in any pieces as it is in one', async () => {
    const bytes = fc.array(
      fc.oneof(
        fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
        fc.constantFrom(Buffer.from('\n'), Buffer.of(0xc3), Buffer.of(0xf0, 0x9f), Buffer.of(0x80)),
      ),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 9 }), async (pieces, chunkBytes) => {
        const file = Buffer.concat([Buffer.from('name,prompt\nA,"'), ...pieces, Buffer.from('"\n')]);
        const rows = rowsOf(file, chunkBytes);
        if (isUtf8(file)) await expect(rows).resolves.toEqual(await rowsOf(file));
        else await expect(rows).rejects.toMatchObject({ reason: 'import.encoding' });
      }),
      { numRuns: 1_000 },
    );
  });

  it('says how much of it was read', async () => {
    const percents: number[] = [];
    const onPercent = (percent: number) => void percents.push(percent);
    const rows = Array.from({ length: 98 }, () => 'A,0123456\n').join('');
    await rowsOf(`name,prompt\n${rows}`, 100, { parts: memoryParts(), onPercent });
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect([percents.length, percents[0], percents.at(-1)]).toEqual([99, 1, 100]);
  });

  it.each([
    [';', 'is separated by semicolons'],
    ['\t', 'is separated by tabs'],
    [',', 'is separated by commas'],
  ])('with %j %s', async (delimiter) => {
    const text = ['type|"Prompt"|NAME', 'x|"a, b; c\t""d""\ne"|One', 'y|a, b|Two']
      .join('\r\n')
      .replaceAll('|', delimiter);
    const rows = [
      { row: 1, name: 'One', prompt: 'a, b; c\t"d"\ne' },
      { row: 2, name: delimiter === ',' ? 'y' : 'Two', prompt: 'a, b' },
    ];
    const expected = delimiter === ',' ? rows.slice(0, 1) : rows;
    for (const bytes of [
      Buffer.from(text),
      Buffer.from(`\ufeff${text}`),
      Buffer.from(`\ufeff${text}`, 'utf16le'),
    ]) {
      for (const chunkBytes of [1, 5, Infinity])
        expect((await rowsOf(bytes, chunkBytes)).slice(0, expected.length)).toEqual(expected);
    }
  });

  it.each([1, 2, 5])('is read alike with a byte order mark, in pieces of %i bytes', async (chunkBytes) => {
    const text = '\ufeff"name",prompt\n"Gr\u00fc\u00dfe","\ud83d\ude00"\n';
    const rows = [{ row: 1, name: 'Gr\u00fc\u00dfe', prompt: '\ud83d\ude00' }];
    expect(await rowsOf(text, chunkBytes)).toEqual(rows);
    expect(await rowsOf(text.slice(1), chunkBytes)).toEqual(rows);
    expect(await rowsOf(Buffer.from(text, 'utf16le'), chunkBytes)).toEqual(rows);
    expect(await rowsOf(Buffer.from(text, 'utf16le').swap16(), chunkBytes)).toEqual(rows);
  });

  it('may have line breaks in the names of other columns', async () => {
    expect(await rowsOf('"how\noften",name,prompt\n1,A,b\n')).toEqual([{ row: 1, name: 'A', prompt: 'b' }]);
  });

  it('tells where its first line is repeated, as in parts that were joined', async () => {
    expect(await rowsOf('name,prompt\nA,b\nName,prompt\nC,d\n')).toEqual([
      { row: 1, name: 'A', prompt: 'b' },
      { row: 2, error: 'This row repeats the first line of the file.' },
      { row: 3, name: 'C', prompt: 'd' },
    ]);
  });

  it('is refused by its first line while the rest is still being sent', async () => {
    const body = new Readable({ read: () => undefined });
    body.push('title,prompt\nOne,a\n');
    const rows = readCsvRows(body, { parts: memoryParts() });
    await expect(rows.next()).rejects.toMatchObject({ reason: 'import.columns' });
    // The rest of the body is read and dropped.
    expect(body.readableFlowing).toBe(true);
  });

  it('tells a quote that is never closed and keeps what stands before it', async () => {
    const rows = await rowsOf('name,prompt\nOne,a\nTwo,"never closed\n');
    expect(rows.map((row) => [row.row, 'error' in row])).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  it.each([
    ['', 'import.empty'],
    ['\n\n', 'import.empty'],
    ['act,text\na,b\n', 'import.columns'],
    ['name\na\n', 'import.columns'],
    ['name,prompt,Name \na,b,c\n', 'import.columns'],
    ['PROMPT,name,"prompt"\na,b,c\n', 'import.columns'],
    ['"no\ncolumn",prompt\na,b\n', 'import.columns'],
  ])('%j is refused as a whole', async (csv, reason) => {
    await expect(rowsOf(csv)).rejects.toMatchObject({ name: 'AppError', status: 422, reason });
  });
});

describe('a CSV file that costs much', () => {
  it('is refused if its first line names more than 1,000 columns', async () => {
    await expect(rowsOf(`name,prompt${',x'.repeat(999)}\na,b\n`)).rejects.toMatchObject({
      reason: 'import.columns',
      message: expect.stringContaining('The first line') as string,
    });
    expect(await rowsOf(`name,prompt${',x'.repeat(998)}\na,b\n`)).toHaveLength(1);
  });

  it('is refused if a line has a million commas, and not if a prompt has as many as it may', async () => {
    await expect(rowsOf(`name,prompt\n${','.repeat(1_000_001)}`)).rejects.toMatchObject({
      reason: 'import.columns',
      message: expect.stringContaining('A line') as string,
    });
    expect(await rowsOf(`name,prompt\nA,"${','.repeat(262_144)}"\n`)).toMatchObject([{ name: 'A' }]);
  });

  it('is refused after 64 MB', async () => {
    const line = Buffer.from(`A,${'x'.repeat(1_048_573)}\n`);
    const file = (lines: number) =>
      Readable.from([Buffer.from('name,prompt\n'), ...Array<Buffer>(lines).fill(line)]);
    const read = async (lines: number) => {
      let rows = 0;
      for await (const row of readCsvRows(file(lines), { parts: memoryParts() }))
        rows += 'prompt' in row ? 1 : 0;
      return rows;
    };
    expect(await read(63)).toBe(63);
    await expect(read(64)).rejects.toMatchObject({ status: 413, reason: 'import.too_large' });
  });

  it('ends with the reason of a signal while it is received, and while its rows are read', async () => {
    for (const isWhole of [false, true]) {
      const stopping = new AbortController();
      const body = new Readable({ read: () => undefined });
      body.push('name,prompt\nOne,a\nTwo,b\n');
      if (isWhole) body.push(null);
      const rows = readCsvRows(body, { parts: memoryParts(), signal: stopping.signal });
      if (isWhole) expect(await rows.next()).toMatchObject({ value: { name: 'One' } });
      const next = isWhole ? undefined : rows.next();
      stopping.abort(new Error('The test stops'));
      await expect(next ?? rows.next()).rejects.toThrow('The test stops');
    }
  });
});
