import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, queryOnce, type TestDatabase } from '#tests/support/database.ts';
import { migrate, migrationStatus } from '../migrate.ts';
import { MIGRATIONS, type Migration } from '../migrations/index.ts';
import { rollback } from '../rollback.ts';
import { exportToFile, importFromFile } from './file.ts';
import type { TableSum } from './format.ts';

const NAMES = MIGRATIONS.map(({ name }) => name);
/** Before contents had an index, and prompts a number of their changes. */
const OLD_MIGRATIONS = MIGRATIONS.slice(0, 7);
const OLD = { version: '0.1.0', commit: 'a'.repeat(40) };
const NOW = { version: '0.2.0', commit: 'b'.repeat(40) };
const NEXT = { version: '0.3.0', commit: 'c'.repeat(40) };
const NEXT_MIGRATION: Migration = {
  name: '9999-next',
  up: (knex) => Promise.resolve(knex.raw('create table next_table (id integer primary key)')),
  down: (knex) => Promise.resolve(knex.raw('drop table next_table')),
};

let folder: string;
let target: TestDatabase;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anvil-releases-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  target = await createTestDatabase();
});
afterEach(() => target.drop());

const empty = (url: string) => rollback({ url, steps: NAMES.length, release: NOW, deleteData: true });
const take = (file: string) => importFromFile({ url: target.url, release: NOW, file });

/** Exports a database with two projects, as another release would. */
async function exportAs(
  release: typeof OLD,
  migrations: readonly Migration[],
): Promise<{ file: string; sums: TableSum[] }> {
  const source = await createTestDatabase();
  const { url } = source;
  try {
    await empty(url);
    await migrate({ url, migrations, release });
    await queryOnce(
      url,
      `with made as (insert into organisations (id, slug, name) values (gen_random_uuid(), 'acme', 'Acme') returning id)
       insert into projects (organisation_id, id, slug, name)
         select id, gen_random_uuid(), slug, slug from made, unnest(array['one', 'two']) slug`,
    );
    const file = join(folder, `${release.version}.archive.gz`);
    return { file, sums: await exportToFile({ url, release, file }) };
  } finally {
    await source.drop();
  }
}

describe('an archive of an older release', () => {
  let older: Awaited<ReturnType<typeof exportAs>>;

  beforeAll(async () => {
    older = await exportAs(OLD, OLD_MIGRATIONS);
  });

  async function expectMigrated(): Promise<void> {
    expect(await migrate({ url: target.url, release: NOW })).toEqual(NAMES.slice(7));
    expect(await migrationStatus({ url: target.url })).toEqual({ done: NAMES, pending: [], unknown: [] });
    expect(await queryOnce(target.url, 'select slug from projects order by slug')).toEqual([
      { slug: 'one' },
      { slug: 'two' },
    ]);
  }

  test('is imported with its own schema, and migrated afterwards', async () => {
    await empty(target.url);
    await queryOnce(
      target.url,
      'drop table knex_migrations, knex_migrations_lock; drop schema graphile_worker cascade',
    );
    expect(await take(older.file)).toEqual(older.sums);
    await expectMigrated();
  });

  test('is imported into a database on which this release was started before', async () => {
    expect(await take(older.file)).toEqual(older.sums);
    await expectMigrated();
  });

  test('leaves the migrations after it to be reverted by this release, and its own not', async () => {
    await take(older.file);
    await expectMigrated();
    const releases = await queryOnce(target.url, 'select release from knex_migrations order by id');
    expect(releases.map(({ release }) => release)).toEqual(
      NAMES.map((_, index) => `0.${index < 7 ? 1 : 2}.0+${index < 7 ? OLD.commit : NOW.commit}`),
    );
  });

  test('changes nothing in a database with data', async () => {
    await queryOnce(
      target.url,
      `insert into users (id, email, name) values (gen_random_uuid(), 'a@b.c', 'A')`,
    );
    await expect(take(older.file)).rejects.toThrow("This database isn't empty: public.users has rows.");
    expect((await migrationStatus({ url: target.url })).done).toEqual(NAMES);
  });
});

test('an archive of a newer release is refused with the version and commit of both, and changes nothing', async () => {
  const { file } = await exportAs(NEXT, [...MIGRATIONS, NEXT_MIGRATION]);
  await empty(target.url);
  await expect(take(file)).rejects.toThrow(
    `The archive was made by a newer release, 0.3.0 (commit ${NEXT.commit}): this release, 0.2.0 (commit ${NOW.commit}), ` +
      `doesn't know 9999-next. Import it with that release or a newer one.`,
  );
  expect((await migrationStatus({ url: target.url })).done).toEqual([]);
});
