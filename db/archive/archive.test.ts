import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { plantOrganisation } from '#tests/support/planted-rows.ts';
import { connect } from '../connections.ts';
import { copyBeforeMigration, exportToFile, importFromFile } from './file.ts';
import { ArchiveError, createSum, type TableSum } from './format.ts';
import { importArchive } from './import.ts';
import { sumTable } from './export.ts';
import { readLines } from './read-lines.ts';
import { listTables } from './tables.ts';

const RELEASE = { version: '1.2.3', commit: 'c0ffee' };
const AWKWARD = [
  'tab\there',
  'line\nbreak',
  '\\.',
  '\n\\.\n',
  '\\N',
  '',
  'Ünïcödé 🙂',
  'C:\\temp\r',
  '"\'`$',
];

let folder: string;
let file: string;
let source: TestDatabase;
let exported: TableSum[];
let target: TestDatabase;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anvil-archive-'));
  file = join(folder, 'whole.archive.gz');
  source = await createTestDatabase();
  const database = connect({ url: source.url });
  const planted = await plantOrganisation(database);
  await plantOrganisation(database);
  await database.close();
  await query(source, async (client) => {
    for (const name of AWKWARD) {
      await client.query(`insert into projects (organisation_id, id, slug, name) values ($1, $2, $3, $4)`, [
        planted.organisationId,
        randomUUID(),
        `slug-${randomUUID()}`,
        name,
      ]);
    }
    await client.query(`select graphile_worker.add_job('mail', '{"id": "x"}')`);
  });
  exported = await exportToFile({ url: source.url, release: RELEASE, file });
});
afterAll(async () => {
  await source.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  target = await createTestDatabase();
});
afterEach(() => target.drop());

async function query<T>({ url }: { url: string }, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Counts and checksums of every table as they are. */
const sumsOf = (database: TestDatabase) =>
  query(database, async (client) => {
    await client.query(`set timezone = 'UTC'`);
    const sums: TableSum[] = [];
    for (const table of await listTables(client)) sums.push(await sumTable(client, table));
    return sums;
  });

const rowsIn = (sums: TableSum[]) => sums.reduce((total, { rows }) => total + rows, 0);
const take = (bytes: Buffer) =>
  importArchive({ url: target.url, release: RELEASE, input: Readable.from([bytes]) });
const changed = async (from: string | RegExp, to: string) => {
  const text = gunzipSync(await readFile(file)).toString();
  const other = text.replace(from, to);
  expect(other).not.toBe(text);
  return gzipSync(other);
};

describe('an archive', () => {
  test('gives an empty database every row of every table, by count and checksum', async () => {
    const imported = await importFromFile({ url: target.url, release: RELEASE, file });
    expect(imported).toEqual(exported);
    const [here, there] = [await sumsOf(source), await sumsOf(target)];
    expect(there).toEqual(here);
    expect(there.filter(({ rows }) => rows > 0).length).toBeGreaterThan(18);
    const names = await query(target, (client) =>
      client.query<{ name: string }>(`select name from projects`),
    );
    expect(names.rows.map(({ name }) => name)).toEqual(expect.arrayContaining(AWKWARD));
  });

  test('carries the counters on: what is made next gets a number of its own', async () => {
    await importFromFile({ url: target.url, release: RELEASE, file });
    const next = (database: TestDatabase) =>
      query(database, async (client) => {
        const { rows } = await client.query<{ id: string }>(
          `select (graphile_worker.add_job('mail', '{}')).id`,
        );
        return Number(rows[0]?.id);
      });
    expect(await next(target)).toBe(await next(source));
  });

  test('lets immutable rows be immutable again', async () => {
    await importFromFile({ url: target.url, release: RELEASE, file });
    await query(target, (client) =>
      expect(client.query('delete from revisions')).rejects.toThrow('Rows of revisions are final'),
    );
  });

  test('is for its owner alone, and takes nobody’s name', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await expect(exportToFile({ url: source.url, release: RELEASE, file })).rejects.toThrow(
      /There is a file .* already/,
    );
  });

  test('that can’t be written leaves no file behind', async () => {
    const lost = join(folder, 'lost.archive.gz');
    const url = source.url.replace(/anvil_test_[0-9a-f]+/, 'nowhere_at_all');
    await expect(exportToFile({ url, release: RELEASE, file: lost })).rejects.toThrow();
    expect((await readdir(folder)).filter((name) => name.startsWith('lost'))).toEqual([]);
  });
});

describe('nothing stays of an archive that', () => {
  afterEach(async () => expect(rowsIn(await sumsOf(target))).toBe(0));

  test('breaks off, wherever', async () => {
    const bytes = await readFile(file);
    for (const part of [0, 5, 0.2, 0.5, 0.9, bytes.length - 9, bytes.length - 1])
      await expect(
        take(bytes.subarray(0, part < 1 ? bytes.length * part : part)),
        String(part),
      ).rejects.toThrow(ArchiveError);
  });

  test('breaks off between its lines, packed again', async () => {
    const lines = gunzipSync(await readFile(file))
      .toString()
      .split('\n');
    for (const keep of [0, 1, 2, 3, Math.floor(lines.length / 2), lines.length - 2])
      await expect(
        take(
          gzipSync(
            lines
              .slice(0, keep)
              .map((line) => `${line}\n`)
              .join(''),
          ),
        ),
        String(keep),
      ).rejects.toThrow(ArchiveError);
  });

  test.each<[string, string | RegExp, string]>([
    ['a value', 'Ünïcödé', 'Unicode'],
    ['a count', /"rows":2/, '"rows":3'],
    ['a checksum', /"sha256":"./, '"sha256":"'],
    ['a table’s name', '"table":"public.projects"', '"table":"public.project"'],
    ['a table’s name to SQL', '"table":"public.projects"', '"table":"projects; drop table labels"'],
    ['a column', '"columns":["id","email"', '"columns":["email","id"'],
    ['its end', /\n$/, '\n{"end":true}\n'],
    ['how many tables there are', /"tables":\d+/, '"tables":1'],
    ['its format', '"format":1', '"format":2'],
    ['a migration', '"0001-people"', '"0001-persons"'],
  ])('was changed in %s', async (_, from, to) => {
    await expect(take(await changed(from, to))).rejects.toThrow(ArchiveError);
  });

  test('was changed in one byte of the packed file', async () => {
    const bytes = await readFile(file);
    const at = Math.floor(bytes.length / 2);
    const other = Buffer.from(bytes);
    other[at] = (other[at] ?? 0) ^ 1;
    await expect(take(other)).rejects.toThrow(ArchiveError);
  });

  test('is something else', async () => {
    const other = join(folder, 'other');
    await writeFile(other, 'hello\n');
    await expect(importFromFile({ url: target.url, release: RELEASE, file: other })).rejects.toThrow(
      /no archive of Anvil/,
    );
    await expect(take(gzipSync('hello\n'))).rejects.toThrow('This file isn’t an archive of Anvil.');
    await expect(
      importFromFile({ url: target.url, release: RELEASE, file: join(folder, 'none') }),
    ).rejects.toThrow('There is no file');
  });
});

test('a database in which anything was made takes no archive, and keeps what it has', async () => {
  await query(target, (client) =>
    client.query(`insert into users (id, email, name) values ($1, 'a@b.c', 'A')`, [randomUUID()]),
  );
  const before = await sumsOf(target);
  await expect(importFromFile({ url: target.url, release: RELEASE, file })).rejects.toThrow(
    /isn't empty: public\.users has rows/,
  );
  expect(await sumsOf(target)).toEqual(before);
});

test('a database that a server was started on and nobody used takes it', async () => {
  await query(target, async (client) => {
    await client.query(`insert into job_workers (worker_id) values ('gone')`);
    await client.query(`select graphile_worker.add_job('sweep', '{}')`);
  });
  expect(await importFromFile({ url: target.url, release: RELEASE, file })).toEqual(exported);
});

test('copies before migrations: the newest three stay, other files too', async () => {
  const copies = join(folder, 'copies');
  for (let day = 1; day <= 5; day += 1) {
    const now = new Date(Date.UTC(2026, 0, day));
    await copyBeforeMigration({ url: source.url, release: RELEASE, folder: copies, before: '0009-x', now });
    if (day === 1) await writeFile(join(copies, 'mine.txt'), 'mine');
  }
  expect((await readdir(copies)).sort()).toEqual([
    'before-20260103-000000-0009-x.archive.gz',
    'before-20260104-000000-0009-x.archive.gz',
    'before-20260105-000000-0009-x.archive.gz',
    'mine.txt',
  ]);
  const newest = join(copies, 'before-20260105-000000-0009-x.archive.gz');
  expect(await importFromFile({ url: target.url, release: RELEASE, file: newest })).toEqual(
    await sumsOf(source),
  );
});

test('lines are the same wherever the bytes are cut', async () => {
  const rows = 'a\tb\n\\\\.\n\\N\nlong line of text\n';
  const bytes = Buffer.from(`{"head":1}\n${rows}\\.\n{"rows":4}\n\\.\nlast\n`);
  for (let size = 1; size <= bytes.length; size += 1) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
      bytes.subarray(n * size, (n + 1) * size),
    );
    const lines = readLines(Readable.from(chunks));
    const seen: Buffer[] = [];
    const sum = createSum();
    const each = (block: Buffer) => {
      seen.push(Buffer.from(block));
      sum.add(block);
      return Promise.resolve();
    };
    expect(await lines.line()).toBe('{"head":1}');
    await lines.rows(each);
    expect([Buffer.concat(seen).toString(), sum.end().rows]).toEqual([rows, 4]);
    expect(await lines.line()).toBe('{"rows":4}');
    await lines.rows(each);
    expect([await lines.line(), await lines.line()]).toEqual(['last', undefined]);
  }
});
