import type pg from 'pg';
import { ArchiveError, type ArchivedTable } from './format.ts';

/** The product's tables, and those of its jobs. */
const SCHEMAS = ['public', 'graphile_worker'];
/** Which migrations were run: the database that takes an archive has its own record of them. */
const RECORDS = ['public.knex_migrations', 'public.knex_migrations_lock', 'graphile_worker.migrations'];

export interface Table extends ArchivedTable {
  /** What its rows are ordered by, as SQL. */
  order: string;
}

/**
 * All tables with what is copied of them, in an order in which no row refers to one that comes later. Left out are
 * computed columns, and transaction numbers, which mean something in their own cluster alone.
 *
 * @throws ArchiveError when tables refer to each other in a circle
 */
export async function listTables(client: pg.ClientBase): Promise<Table[]> {
  const { rows } = await client.query<Table & { needs: string[] }>(
    `select format('%I.%I', n.nspname, c.relname) as table,
            (select array_agg(quote_ident(attname) order by attnum) from pg_attribute
              where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' and atttypid <> 'xid8'::regtype
            ) as columns,
            (select string_agg(quote_ident(attname) || case when attcollation = 0 then '' else ' collate "C"' end, ', '
                               order by array_position(i.indkey::int2[], attnum))
               from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey::int2[])
              where i.indrelid = c.oid and i.indisprimary
                and array_position(i.indkey::int2[], attnum) < i.indnkeyatts) as order,
            (select coalesce(array_agg(distinct format('%I.%I', rn.nspname, r.relname)), '{}')
               from pg_constraint k join pg_class r on r.oid = k.confrelid join pg_namespace rn on rn.oid = r.relnamespace
              where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as needs
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname = any($1) and not format('%I.%I', n.nspname, c.relname) = any($2)
      order by 1`,
    [SCHEMAS, RECORDS],
  );
  const sorted: Table[] = [];
  const done = new Set<string>();
  for (let left = rows; left.length > 0;) {
    const next = left.filter(({ needs }) => needs.every((name) => done.has(name)));
    if (next.length === 0)
      throw new ArchiveError(
        `These tables refer to each other: ${left.map(({ table }) => table).join(', ')}`,
      );
    for (const { table, columns, order } of next) {
      sorted.push({ table, columns, order });
      done.add(table);
    }
    left = left.filter(({ table }) => !done.has(table));
  }
  return sorted;
}

/** Tables in which a server that was once started leaves rows, though nobody made anything. */
export function isLeftByAStart(table: string): boolean {
  return table.startsWith('graphile_worker.') || ['public.job_workers', 'public.rate_limits'].includes(table);
}

/** Which migrations the database has, the jobs' own among them: what an archive and its database must agree in. */
export async function schemaState(client: pg.ClientBase): Promise<string[]> {
  const names = async (record: string, sql: string) => {
    const { rows } = await client.query<{ there: boolean }>(`select to_regclass($1) is not null as there`, [
      record,
    ]);
    return rows[0]?.there ? (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name) : [];
  };
  return [
    ...(await names('public.knex_migrations', 'select name from knex_migrations order by name')),
    ...(await names(
      'graphile_worker.migrations',
      `select 'jobs ' || max(id) as name from graphile_worker.migrations having max(id) is not null`,
    )),
  ];
}

/** Where each counter of the database stands; without those that were never asked. */
export async function listSequences(client: pg.ClientBase): Promise<{ sequence: string; value: string }[]> {
  const { rows } = await client.query<{ sequence: string; value: string }>(
    `select format('%I.%I', schemaname, sequencename) as sequence, last_value::text as value
       from pg_sequences
      where last_value is not null and schemaname = any($1) and sequencename !~ '^knex_migrations'
      order by 1`,
    [SCHEMAS],
  );
  return rows;
}

/** The statement whose output is a table's rows, in order. */
export function copyOut({ table, columns, order }: Table): string {
  return `copy (select ${columns.join(', ')} from ${table}${order ? ` order by ${order}` : ''}) to stdout`;
}
