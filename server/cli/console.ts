import { hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { closeSession, openSession } from '#db/sessions.ts';

export interface ConsoleInput {
  /** `postgres://…` of the owner role, past any pooler. */
  url: string;
  /** Statements may change rows; asks first. */
  write: boolean;
  input: Readable;
  output: Writable;
  /** Shows a prompt and keeps what was typed; else lines are taken as they come. */
  isTerminal: boolean;
}

/** Rows shown of one answer; the others are counted. */
const ROWS_SHOWN = 1_000;
/** What has to be typed before anything can be changed. */
const CONFIRMATION = 'write';

const HELP = `A statement ends with ; at the end of a line. \\d lists the tables, \\d NAME a table's columns, \\q leaves.`;

const LIST_TABLES = `select schemaname as schema, relname as table, n_live_tup as "rows (about)"
  from pg_stat_user_tables order by 1, 2`;
const listColumns = (
  table: string,
) => `select column_name as column, data_type as type, is_nullable as "null", column_default as default
  from information_schema.columns where table_name = ${pg.escapeLiteral(table)} order by table_schema, ordinal_position`;

/**
 * `anvil-server console`: an SQL prompt on the database, all organisations in sight. That it was opened stands in the
 * instance's log before it opens. Each statement runs in a READ ONLY transaction that is rolled back, one statement at
 * a time, so that none can leave it; with `write` statements commit as they are typed.
 *
 * @returns how many statements failed
 */
export async function openConsole({ url, write, input, output, isTerminal }: ConsoleInput): Promise<number> {
  const client = await openSession({ url });
  const say = (line: string) => output.write(`${line}\n`);
  const lines = createInterface({ input, output: isTerminal ? output : undefined, terminal: isTerminal });
  // Taken at once: lines that come before somebody listens are lost.
  const typed = lines[Symbol.asyncIterator]();
  const ask = (prompt: string) => {
    if (!isTerminal) return;
    lines.setPrompt(prompt);
    lines.prompt();
  };
  try {
    if (write) {
      if (isTerminal)
        say('What is typed here changes the database of all organisations at once, without an undo.');
      ask(`Type ${CONFIRMATION} to go on: `);
      const answer = await typed.next();
      if (answer.done === true || answer.value.trim() !== CONFIRMATION) {
        say('Nothing was opened.');
        return 1;
      }
    }
    await noteOpening(client, write);
    if (isTerminal) say(`${write ? 'Changes are possible.' : 'Read only; --write changes.'} ${HELP}`);
    return await answerAll({ client, write, say, ask, typed });
  } finally {
    lines.close();
    await closeSession(client).catch(() => undefined);
  }
}

/** A transaction of its own: whatever follows, it is there. */
async function noteOpening(client: pg.Client, write: boolean): Promise<void> {
  const detail = { write, user: userInfo().username, host: hostname() };
  await client.query(`insert into instance_log (id, action, detail) values ($1, 'console.open', $2)`, [
    uuidv7(),
    JSON.stringify(detail),
  ]);
}

interface Session {
  client: pg.Client;
  write: boolean;
  say: (line: string) => void;
  ask: (prompt: string) => void;
  typed: AsyncIterator<string>;
}

async function answerAll({ client, write, say, ask, typed }: Session): Promise<number> {
  let failed = 0;
  let statement = '';
  for (;;) {
    ask(statement === '' ? (write ? 'anvil! ' : 'anvil> ') : '     - ');
    const next = await typed.next();
    const line = next.done === true ? ';' : next.value;
    const command = /^\\(q|d)(?:\s+([\w.]+))?\s*;?\s*$/.exec(line.trim());
    if (statement === '' && command?.[1] === 'q') return failed;
    if (statement === '' && command) statement = command[2] ? listColumns(command[2]) : LIST_TABLES;
    else statement += `${line}\n`;
    if (command || line.trimEnd().endsWith(';')) {
      const text = statement.trim().replace(/;+$/, '').trim();
      statement = '';
      if (text !== '' && !(await answer(client, write, text, say))) failed += 1;
    }
    if (next.done === true) return failed;
  }
}

async function answer(
  client: pg.Client,
  write: boolean,
  text: string,
  say: (line: string) => void,
): Promise<boolean> {
  try {
    if (!write) await client.query('begin transaction read only');
    for (const line of await runStatement(client, text)) say(line);
    return true;
  } catch (error) {
    say(`ERROR: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    if (!write) await client.query('rollback').catch(() => undefined);
  }
}

/** Runs one statement. Rows beyond those shown are counted and forgotten, whatever there are. */
function runStatement(client: pg.Client, text: string): Promise<string[]> {
  const query = client.query(
    new pg.Query({
      ...{ text, rowMode: 'array', types: { getTypeParser: () => (value: string) => value } },
      // Takes one statement, no list of them: a COMMIT can't be smuggled in front of another.
      queryMode: 'extended',
    } as unknown as pg.QueryConfig),
  );
  const rows: string[][] = [];
  let count = 0;
  return new Promise((resolve, reject) => {
    query.on('row', (row: unknown) => {
      count += 1;
      if (rows.length < ROWS_SHOWN) rows.push((row as (string | null)[]).map((value) => value ?? ''));
    });
    query.on('error', reject);
    query.on('end', (result) => {
      const names = result.fields.map(({ name }) => name);
      if (names.length === 0) return resolve([`${result.command} ${result.rowCount ?? ''}`.trimEnd()]);
      const more = count > rows.length ? `, of which ${rows.length} are shown` : '';
      resolve([...table(names, rows), `(${count} ${count === 1 ? 'row' : 'rows'}${more})`]);
    });
  });
}

function table(names: string[], rows: string[][]): string[] {
  const widths = names.map((name, n) =>
    Math.min(60, Math.max(name.length, ...rows.map((row) => row[n]?.length ?? 0))),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join(' | ')
      .trimEnd();
  return [line(names), widths.map((width) => '-'.repeat(width)).join('-+-'), ...rows.map(line)];
}
