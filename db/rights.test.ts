import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { plantOrganisation, type Planted } from '#tests/support/planted-rows.ts';
import { connect, type Database } from './connections.ts';
import { acrossOrganisations, currentTransaction, inOrganisation } from './tenancy.ts';

let testDatabase: TestDatabase;
let database: Database;
let ours: Planted;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  ours = await plantOrganisation(database);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** Runs SQL in the organisation's transaction. */
async function inOurs(sql: string, values: (string | number)[] = []): Promise<Record<string, unknown>[]> {
  return inOrganisation(database, ours.organisationId, async () => {
    const { rows } = await currentTransaction().raw<{ rows: Record<string, unknown>[] }>(sql, values);
    return rows;
  });
}

function asOwner(sql: string): Promise<Record<string, unknown>[]> {
  return acrossOrganisations(database, 'tests: look', async () => {
    const { rows } = await currentTransaction().raw<{ rows: Record<string, unknown>[] }>(sql);
    return rows;
  });
}

describe('the catalogue', () => {
  test('every table with organisation_id has row security, a policy for the application’s role, and no owner’s FORCE', async () => {
    const tables = await asOwner(`
      select c.relname as name, c.relrowsecurity as secured, c.relforcerowsecurity as forced,
             (select count(*)::int from pg_policy p where p.polrelid = c.oid and 'anvil_app'::regrole = any (p.polroles)
              and p.polqual is not null and p.polwithcheck is not null) as policies
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organisation_id'
      where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`);
    expect(tables.length).toBeGreaterThan(10);
    for (const { name, secured, forced, policies } of tables) {
      expect({ name, secured, forced, policies }).toEqual({
        name,
        secured: true,
        forced: false,
        policies: 1,
      });
    }
  });

  test('no right reaches the application’s role on a table without row security', async () => {
    const open = await asOwner(`
      select c.relname from pg_class c
      where c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace = 'public'::regnamespace and not c.relrowsecurity
        and (has_any_column_privilege('anvil_app', c.oid, 'select, insert, update, references')
             or has_table_privilege('anvil_app', c.oid, 'delete, truncate, trigger'))`);
    expect(open).toEqual([]);
  });

  test('no cascade leads into a tenant table', async () => {
    const cascades = await asOwner(`
      select k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid
      where k.contype = 'f' and c.relrowsecurity and (k.confdeltype not in ('a', 'r') or k.confupdtype not in ('a', 'r'))`);
    expect(cascades).toEqual([]);
  });

  test('every foreign key between tenant tables carries the organisation', async () => {
    const bare = await asOwner(`
      select k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class f on f.oid = k.confrelid
      where k.contype = 'f' and c.relrowsecurity and f.relrowsecurity and f.relname <> 'organisations'
        and not exists (select from unnest(k.conkey) n join pg_attribute a
                        on a.attrelid = c.oid and a.attnum = n where a.attname = 'organisation_id')`);
    expect(bare).toEqual([]);
  });

  test('neither role passes row security or is a superuser', async () => {
    const roles = await asOwner(
      `select rolname from pg_roles where rolname in (current_user, 'anvil_app') and (rolsuper or rolbypassrls or rolcreaterole)`,
    );
    expect(roles).toEqual([]);
  });
});

const IMMUTABLE = [
  'versions',
  'version_changes',
  'label_moves',
  'contents',
  'revisions',
  'reserved_slugs',
  'audit_entries',
];

describe.each(IMMUTABLE)('%s', (table) => {
  test('can’t be changed, deleted or emptied by the application’s role', async () => {
    for (const sql of [
      `update ${table} set organisation_id = organisation_id`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
    ]) {
      await expect(inOurs(sql), sql).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('can’t by the owner either, who is told why', async () => {
    const before = await asOwner(`select * from ${table}`);
    expect(before.length).toBeGreaterThan(0);
    for (const sql of [
      `update ${table} set organisation_id = organisation_id`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
    ]) {
      await expect(asOwner(sql), sql).rejects.toThrow('are final: they are never changed or deleted');
    }
    expect(await asOwner(`select * from ${table}`)).toEqual(before);
  });
});
