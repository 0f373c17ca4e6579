import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, queryOnce, type TestDatabase } from '#tests/support/database.ts';
import { migrate, migrationStatus } from './migrate.ts';
import { MIGRATIONS, type Migration } from './migrations/index.ts';
import { rollback } from './rollback.ts';

const NAMES = MIGRATIONS.map((migration) => migration.name);

let testDatabase: TestDatabase;
let url: string;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  ({ url } = testDatabase);
});
afterEach(() => testDatabase.drop());

const query = (sql: string) => queryOnce<Record<string, unknown>>(url, sql);

const revert = (steps: number) =>
  rollback({ url, steps, release: { version: '0.0.0-test', commit: 'unknown' }, deleteData: true });

/** Needs a lock that conflicts with every write. */
const LOCKING: Migration = {
  name: '9999-locking',
  up: (knex) => Promise.resolve(knex.raw('alter table instance_log add column wanted text')),
  down: (knex) => Promise.resolve(knex.raw('alter table instance_log drop column wanted')),
};

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'long report' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function invalidIndexes(): Promise<unknown[]> {
  const rows = await query('select indexrelid::regclass::text as name from pg_index where not indisvalid');
  return rows.map(({ name }) => name);
}

/** A transaction that has written a row and doesn't end, as a long import does. */
async function holdRowLock(): Promise<pg.Client> {
  const holder = await connect();
  await holder.query("begin; insert into instance_log (id, action) values (gen_random_uuid(), 'a')");
  return holder;
}

function gate(): { open(): void; passed: Promise<void> } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), passed };
}

/** Everything that a migration can make, as text. (The embedded server has no pg_dump.) */
async function catalogue(): Promise<string[]> {
  const rows = await query(`
    with tables as (
      select * from pg_class where relnamespace = 'public'::regnamespace and relname !~ '^knex_migrations'
    )
    select format('%s %s acl=%s rls=%s/%s', relkind, relname, relacl, relrowsecurity, relforcerowsecurity) as line from tables
    union all
    select format('column %s.%s %s null=%s default=%s collation=%s acl=%s', c.relname, a.attname,
                  format_type(a.atttypid, a.atttypmod), not a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation, a.attacl)
      from pg_attribute a join tables c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where a.attnum > 0 and not a.attisdropped
    union all
    select format('constraint %s on %s: %s', conname, c.relname, pg_get_constraintdef(k.oid)) from pg_constraint k join tables c on c.oid = k.conrelid
    union all
    select format('index %s valid=%s', pg_get_indexdef(i.indexrelid), i.indisvalid) from pg_index i join tables c on c.oid = i.indrelid
    union all
    select format('policy %s on %s to %s: %s / %s %s', polname, c.relname, polroles::regrole[], pg_get_expr(polqual, polrelid),
                  pg_get_expr(polwithcheck, polrelid), polcmd) from pg_policy p join tables c on c.oid = p.polrelid
    union all
    select pg_get_triggerdef(t.oid) from pg_trigger t join tables c on c.oid = t.tgrelid where not tgisinternal
    union all
    select format('%s acl=%s', pg_get_functiondef(oid), proacl) from pg_proc where pronamespace = 'public'::regnamespace
    union all
    select format('schema %s acl=%s', nspname, (select array_agg(acl::text order by acl::text) from unnest(nspacl) acl))
      from pg_namespace where nspname = 'public'
    order by 1`);
  return rows.map(({ line }) => String(line));
}

describe('migrating', () => {
  test('up, down and up again gives the same catalogue, and down leaves nothing behind', async () => {
    const first = await catalogue();
    expect(first.length).toBeGreaterThan(100);
    expect(await revert(99)).toEqual([...NAMES].reverse());
    const empty = await catalogue();
    expect(empty.filter((line) => !line.startsWith('schema public'))).toEqual([]);
    expect(empty.join()).not.toContain('anvil_app');
    expect(await migrate({ url })).toEqual(NAMES);
    expect(await catalogue()).toEqual(first);
  });

  test('each step down and up again gives the same catalogue', async () => {
    const full = await catalogue();
    for (let steps = 1; steps <= NAMES.length; steps += 1) {
      expect(await revert(steps)).toEqual(NAMES.slice(-steps).reverse());
      expect(await migrationStatus({ url })).toEqual({
        done: NAMES.slice(0, -steps),
        pending: NAMES.slice(-steps),
        unknown: [],
      });
      expect(await migrate({ url })).toEqual(NAMES.slice(-steps));
      expect(await catalogue()).toEqual(full);
    }
  });

  test('by three starters at once happens once', async () => {
    const full = await catalogue();
    await revert(99);
    const runs = await Promise.all([migrate({ url }), migrate({ url }), migrate({ url })]);
    expect(runs.map((names) => names.length).sort()).toEqual([0, 0, NAMES.length]);
    expect(await catalogue()).toEqual(full);
    expect(await migrationStatus({ url })).toEqual({ done: NAMES, pending: [], unknown: [] });
  });

  test('that fails half-way leaves nothing of it, is told, and can be tried again', async () => {
    const full = await catalogue();
    const failing: Migration = {
      name: '9999-failing',
      up: async (knex) => {
        await knex.raw('create table half_done (id integer)');
        await knex.raw('select 1 / 0');
      },
      down: () => Promise.resolve(),
    };
    const migrations = [...MIGRATIONS, failing];
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(migrate({ url, migrations })).rejects.toThrow('division by zero');
      expect(await catalogue()).toEqual(full);
      expect(await migrationStatus({ url, migrations })).toEqual({
        ...{ done: NAMES, pending: ['9999-failing'], unknown: [] },
      });
    }
    expect(await migrate({ url })).toEqual([]);
  });

  test('after a starter that was killed with knex’ lock on goes on', async () => {
    await query('update knex_migrations_lock set is_locked = 1');
    await revert(1);
    await query('update knex_migrations_lock set is_locked = 1');
    expect(await migrate({ url })).toEqual(NAMES.slice(-1));
  });

  test('waits no longer than it was told for somebody else who is migrating', async () => {
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('select pg_advisory_lock(4261107201)');
    await expect(migrate({ url, lockWaitMs: 50 })).rejects.toThrow('migrating this database for too long');
    await holder.end();
    expect(await migrate({ url })).toEqual([]);
  });

  test('that waits for a lock lets others write meanwhile, and goes on when the lock is free', async () => {
    const holder = await holdRowLock();
    const paused = gate();
    const free = gate();
    const migrating = migrate({
      ...{ url, migrations: [...MIGRATIONS, LOCKING] },
      locks: { lockTimeoutMs: 100, pause: () => (paused.open(), free.passed) },
    });
    await paused.passed;
    await query(
      "set statement_timeout = 5000; insert into instance_log (id, action) values (gen_random_uuid(), 'b')",
    );
    await holder.end();
    free.open();
    expect(await migrating).toEqual([LOCKING.name]);
    expect(await query('select wanted from instance_log')).toEqual([{ wanted: null }]);
  });

  test('that never gets its lock gives up and names the session that holds it', async () => {
    const holder = await holdRowLock();
    const [{ pid } = {}] = (await holder.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
    const pauses: number[] = [];
    const attempt = migrate({
      ...{ url, migrations: [...MIGRATIONS, LOCKING] },
      locks: { lockTimeoutMs: 100, pause: async (milliseconds) => pauses.push(milliseconds) },
    });
    await expect(attempt).rejects.toMatchObject({
      name: 'MigrationLockError',
      message: expect.stringMatching(
        new RegExp(
          `session ${pid} \\(long report, role anvil, for \\d s\\).*pg_terminate_backend\\(${pid}\\);`,
        ),
      ),
    });
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000, 15_000]);
    await holder.end();
  });

  test('that builds an index lets others write, and repeats it when an attempt left an invalid one', async () => {
    const since = NAMES.indexOf('0008-contents-that-render');
    await revert(NAMES.length - since);
    const holder = await connect();
    await holder.query('begin; lock table contents in row exclusive mode');
    const paused = gate();
    const free = gate();
    const migrating = migrate({
      url,
      locks: { lockTimeoutMs: 100, pause: () => (paused.open(), free.passed) },
    });
    await paused.passed;
    await query('begin; lock table contents in row exclusive mode nowait; commit');
    expect(await invalidIndexes()).toEqual(['contents_rendering']);
    await holder.end();
    free.open();
    expect(await migrating).toEqual(NAMES.slice(since));
    expect(await invalidIndexes()).toEqual([]);
  });

  test('an older release on a newer schema changes nothing and does not fail', async () => {
    const newer: Migration = {
      name: '9999-newer',
      up: (knex) => Promise.resolve(knex.raw('create table newer (id integer)')),
      down: (knex) => Promise.resolve(knex.raw('drop table newer')),
    };
    const release = { version: '9.0.0', commit: 'c0ffee' };
    await migrate({ url, migrations: [...MIGRATIONS, newer], release });
    expect(await migrate({ url })).toEqual([]);
    expect(await query('select * from newer')).toEqual([]);
    expect(await migrationStatus({ url })).toEqual({
      ...{ done: NAMES, pending: [], unknown: [{ name: '9999-newer', release: '9.0.0+c0ffee' }] },
    });
  });

  test('a migration’s own transaction is the owner’s: what it makes belongs to the owner', async () => {
    expect(await query("select distinct tableowner from pg_tables where schemaname = 'public'")).toEqual([
      { tableowner: 'anvil' },
    ]);
  });
});

describe('the status', () => {
  test('of an empty database is that everything is pending, and asking makes nothing', async () => {
    await revert(99);
    await query('drop table knex_migrations, knex_migrations_lock');
    expect(await migrationStatus({ url })).toEqual({ done: [], pending: NAMES, unknown: [] });
    expect(await query("select relname from pg_class where relname ~ '^knex'")).toEqual([]);
  });
});
