import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, queryOnce, type TestDatabase } from '#tests/support/database.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { planRollback, rollback } from './rollback.ts';

const NAMES = MIGRATIONS.map(({ name }) => name);
const OLD = { version: '1.0.0', commit: 'a'.repeat(40) };
const NEW = { version: '1.0.0', commit: 'b'.repeat(40) };
/** What OLD has. */
const OLD_MIGRATIONS = MIGRATIONS.slice(0, -3);

let testDatabase: TestDatabase;
let url: string;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  ({ url } = testDatabase);
});
afterEach(() => testDatabase.drop());

const query = (sql: string) => queryOnce<Record<string, string>>(url, sql);

const releases = async () =>
  (await query('select name, release from knex_migrations order by id')).map(({ release }) => release);

/** The database as OLD created it. */
async function createByOld(): Promise<void> {
  await rollback({ url, steps: NAMES.length, release: OLD, deleteData: true });
  await migrate({ url, migrations: OLD_MIGRATIONS, release: OLD });
}

describe('a rollback', () => {
  test('reverts what the running release brought to the database of an earlier one', async () => {
    await createByOld();
    await migrate({ url, release: NEW });
    const input = { url, steps: 3, release: NEW };
    expect(await planRollback(input)).toMatchObject({ migrations: NAMES.slice(-3).reverse(), earlier: [] });
    expect(await rollback({ ...input, deleteData: false })).toEqual(NAMES.slice(-3).reverse());
  });

  test('never reverts what an earlier release brought, unless it may delete data', async () => {
    await createByOld();
    await migrate({ url, release: NEW });
    const input = { url, steps: 4, release: NEW };
    const [fourth] = NAMES.slice(-4);
    expect((await planRollback(input)).earlier).toEqual([fourth]);
    await expect(rollback({ ...input, deleteData: false })).rejects.toThrow(`didn't bring ${fourth}`);
    expect(await releases()).toHaveLength(NAMES.length);
    expect(await rollback({ ...input, deleteData: true })).toEqual(NAMES.slice(-4).reverse());
  });

  test('reverts nothing in a database that the running release created', async () => {
    await rollback({ url, steps: NAMES.length, release: NEW, deleteData: true });
    await migrate({ url, release: NEW });
    const plan = await planRollback({ url, steps: 1, release: NEW });
    expect(plan.earlier).toEqual(NAMES.slice(-1));
  });

  test("reverts nothing for a build that doesn't know its commit", async () => {
    const unknown = { version: '1.0.0', commit: 'unknown' };
    await createByOld();
    await migrate({ url, release: unknown });
    expect((await planRollback({ url, steps: 1, release: unknown })).earlier).toEqual(NAMES.slice(-1));
  });

  test('names the tables and columns that it deletes, with the rows in them', async () => {
    await query(`insert into users (id, email, name) values (gen_random_uuid(), 'a@b.c', 'A')`);
    const steps = NAMES.length - NAMES.indexOf('0010-first-proof');
    const { losses } = await planRollback({ url, steps, release: NEW });
    expect(losses).toContainEqual({ name: 'users.is_setup_account', rows: 1 });
    expect(losses).toContainEqual({ name: 'import_parts', rows: 0 });
  });
});

test('each migration declares the tables and columns that its down deletes', async () => {
  const columns = async () =>
    (
      await query(`select c.relname as table, attname as column from pg_attribute a join pg_class c on c.oid = a.attrelid
        where relkind = 'r' and relnamespace = 'public'::regnamespace and relname !~ '^knex_migrations'
          and attnum > 0 and not attisdropped`)
    ).map(({ table, column }) => [table ?? '', column ?? ''] as const);
  for (const { name, drops = [] } of [...MIGRATIONS].reverse()) {
    const before = await columns();
    await rollback({ url, steps: 1, release: NEW, deleteData: true });
    const after = await columns();
    const tables = new Set(after.map(([table]) => table));
    const kept = new Set(after.map(String));
    const gone = before
      .filter((column) => !kept.has(String(column)))
      .map(([table, column]) => (tables.has(table) ? `${table}.${column}` : table));
    expect([...drops].sort(), name).toEqual([...new Set(gone)].sort());
  }
});

describe('the release of a migration', () => {
  test('is recorded with it, and stays as it is when another release migrates', async () => {
    await createByOld();
    await migrate({ url, release: NEW });
    expect(await releases()).toEqual([
      ...OLD_MIGRATIONS.map(() => `1.0.0+${OLD.commit}`),
      ...NAMES.slice(-3).map(() => `1.0.0+${NEW.commit}`),
    ]);
  });

  test('is empty for migrations of releases that did not record it', async () => {
    await query('alter table knex_migrations drop column release');
    await rollback({ url, steps: 1, release: NEW, deleteData: true });
    await migrate({ url, release: NEW });
    expect(await releases()).toEqual([...NAMES.slice(0, -1).map(() => null), `1.0.0+${NEW.commit}`]);
  });
});
