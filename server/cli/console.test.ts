import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '#db/connections.ts';
import { createTestDatabase, queryOnce, type TestDatabase } from '#tests/support/database.ts';
import { plantOrganisation } from '#tests/support/planted-rows.ts';
import { openConsole } from './console.ts';

let testDatabase: TestDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const database = connect({ url: testDatabase.url });
  await plantOrganisation(database);
  await plantOrganisation(database);
  await database.close();
});
afterAll(() => testDatabase.drop());

async function type(typed: string, { write = false, url = testDatabase.url } = {}) {
  const output = new PassThrough();
  const shown = text(output);
  try {
    const failed = await openConsole({
      url,
      write,
      input: Readable.from([typed]),
      output,
      isTerminal: false,
    });
    output.end();
    return { failed, shown: await shown };
  } finally {
    output.end();
  }
}

const query = (sql: string) => queryOnce(testDatabase.url, sql);

it('answers what is typed, over all organisations, with a statement on several lines and without an end', async () => {
  const { failed, shown } = await type(`select 1 as one;\nselect count(*)\n  from organisations`);
  expect(failed).toBe(0);
  expect(shown).toBe('one\n---\n1\n(1 row)\ncount\n-----\n2\n(1 row)\n');
});

it.each([
  `update projects set name = 'changed'`,
  `select set_config('transaction_read_only', 'off', false);\nupdate projects set name = 'changed'`,
  `commit;\nupdate projects set name = 'changed'`,
  `rollback; update projects set name = 'changed'`,
  `set session characteristics as transaction read write;\nset default_transaction_read_only = off;\nupdate projects set name = 'changed'`,
  `set transaction read write;\nupdate projects set name = 'changed'`,
  `with x as (delete from labels returning 1) select * from x`,
  `select enqueue('mail', null)`,
  `create table mine (id int)`,
])('read only it changes nothing by: %s', async (typed) => {
  const { failed, shown } = await type(`${typed};\n`);
  expect(failed).toBeGreaterThan(0);
  expect(shown).toContain('ERROR: ');
  expect(await query(`select name from projects where name = 'changed'`)).toEqual([]);
  expect(await query(`select count(*)::int from labels`)).toEqual([{ count: 2 }]);
});

it('goes on after an error and tells how many there were', async () => {
  const { failed, shown } = await type(`select 1 / 0;\nselect 'after';\n\\q\nselect 'never';\n`);
  expect(failed).toBe(1);
  expect(shown).toContain('ERROR: division by zero');
  expect(shown).toContain('after');
  expect(shown).not.toContain('never');
});

it('shows a thousand rows and counts the others', async () => {
  const { shown } = await type(`select generate_series(1, 2500);`);
  expect(shown).toContain('(2500 rows, of which 1000 are shown)');
  expect(shown.split('\n').length).toBeLessThan(1_010);
});

it('lists tables and columns', async () => {
  expect((await type('\\d')).shown).toMatch(/^public +\| prompt_sets /m);
  expect((await type('\\d users')).shown).toMatch(/^email +\| text +\| NO/m);
});

it('to write it wants the word first, and changes what is typed then', async () => {
  const change = `update projects set name = 'by the console';\n`;
  expect(await type(change, { write: true })).toEqual({ failed: 1, shown: 'Nothing was opened.\n' });
  expect(await type('', { write: true })).toMatchObject({ failed: 1 });
  expect(await query(`select from projects where name = 'by the console'`)).toEqual([]);
  expect(await type(`write\n${change}`, { write: true })).toEqual({ failed: 0, shown: 'UPDATE 2\n' });
  expect(await query(`select from projects where name = 'by the console'`)).toHaveLength(2);
});

it('that it was opened stands in the log of the instance, whatever came after, and stays there', async () => {
  const entries = () => query(`select action, detail->'write' as write from instance_log order by id`);
  const before = await entries();
  await type('select 1 / 0;');
  await type('write\nselect 1 / 0;', { write: true });
  expect((await entries()).slice(before.length)).toEqual([
    { action: 'console.open', write: false },
    { action: 'console.open', write: true },
  ]);
  expect(await type('write\ndelete from instance_log;', { write: true })).toMatchObject({
    failed: 1,
    shown: expect.stringContaining('Rows of instance_log are final') as string,
  });
});

it('does not open when the log can’t be written', async () => {
  await query('alter table instance_log rename to elsewhere');
  await expect(type('select 1;')).rejects.toThrow('instance_log');
  await query('alter table elsewhere rename to instance_log');
});
