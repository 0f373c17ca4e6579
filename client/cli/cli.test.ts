// The aliases #… belong to the root package; client/ is one of its own.

import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '../../db/connections.ts';
import { buildAnvilCommand, type AnvilCommand } from '../../tests/support/anvil-command.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  createTestApiKey,
  createTestProject,
  registerTestAccount,
  type TestAccount,
} from '../../tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '../../tests/support/http.ts';
import { choosePlaceholders } from './choose-placeholders.ts';
import { runImport } from './import-command.ts';
import { createTerminal } from './terminal.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let account: TestAccount;
let client: TestClient;
let command: AnvilCommand;
let env: Record<string, string>;
let project: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  account = await registerTestAccount(database);
  project = (await createTestProject(account)).slug;
  client = server.as(await createTestApiKey(account));
  command = await buildAnvilCommand();
  // The rights that the command needs, and no others.
  const { token } = await createTestApiKey(account, { scopes: ['write:prompts'] });
  env = { ANVIL_URL: await server.app.listen({ host: '127.0.0.1', port: 0 }), ANVIL_API_KEY: token };
});

afterAll(async () => {
  await command.remove();
  // Clients that went away in the middle are no reason to wait.
  server.app.server.closeAllConnections();
  await server.close();
  await database.close();
  await testDatabase.drop();
});

async function importRows(set: string, rows: string[], ...more: string[]) {
  const file = await command.write('prompts.csv', `name,prompt\n${rows.join('\n')}\n`);
  return command.run(['import', file, '--project', project, '--set', set, ...more], env);
}

async function promptsOf(set: string) {
  const sets = await client.get(`/api/v1/projects/${project}/prompt_sets`);
  const found = (sets.body.data as { id: string; slug: string }[]).find((one) => one.slug === set);
  const { body } = await client.get(`/api/v1/prompt_sets/${found?.id}/prompts`);
  return body.data as { id: string; slug: string; revision: number; sha256: string }[];
}

describe('anvil import', () => {
  it('makes the set, then finds it, and tells what it did', async () => {
    const first = await importRows('welcome', ['Hello,Hello you', 'Bye,Bye']);
    expect(first).toEqual({
      code: 0,
      printed: `${project}/welcome: 2 rows: 2 created, 0 updated, 0 unchanged, 0 left, 0 failed\n`,
      told: `Importing into ${project}/welcome.\n`,
    });
    const second = await importRows('welcome', ['Hello,Hello there', 'Bye,Bye']);
    expect(second).toEqual({
      code: 0,
      printed: `${project}/welcome: 2 rows: 0 created, 1 updated, 1 unchanged, 0 left, 0 failed\n`,
      told: `Importing into ${project}/welcome.\n`,
    });
    expect((await promptsOf('welcome')).map(({ slug, revision }) => [slug, revision])).toEqual([
      ['bye', 1],
      ['hello', 2],
    ]);
  });

  it('converts nothing unless it is told to, and says which rows have what', async () => {
    const rows = ['One,${a} {{b}}', 'Two,${a:1}', 'Three,{% if c %}x{% endif %}', 'Four,plain'];
    const counts = '4 rows: 4 created, 0 updated, 0 unchanged, 0 left, 0 failed';
    const kept = await importRows('kept', rows);
    expect(kept.printed.split('\n')).toEqual([
      `${project}/kept: ${counts}`,
      '2 rows have ${name}: kept as text. Convert with --placeholders dollar.',
      '1 row has {{name}}: kept as text. Convert with --placeholders mustache.',
      '1 row has tags or filters of Liquid: kept as text. Convert with --placeholders liquid.',
      '',
    ]);
    const converted = await importRows('converted', rows, '--placeholders', 'dollar');
    expect(converted.printed.split('\n').slice(1, 3)).toEqual([
      '2 rows have ${name}: converted.',
      '1 row has {{name}}: kept as text. Convert with --placeholders mustache.',
    ]);
    const rendered = await Promise.all(
      ['kept/one', 'converted/one', 'converted/two'].map((address) =>
        client.post(`/api/v1/render/${project}/${address}@draft`, { values: { a: '7' } }),
      ),
    );
    expect(rendered.map(({ body }) => body.text)).toEqual(['${a} {{b}}', '7 {{b}}', '7']);
  });

  it('numbers equal names and says which', async () => {
    const result = await importRows('equal', ['Same,One', 'Same,Two']);
    expect(result.printed.split('\n')[0]).toBe(
      'Row 2 (same-2) was numbered: An earlier row has the same slug, so this one got a number.',
    );
  });

  it.each([
    ['Latin-1', Buffer.from('name,prompt\nA,b\nB,\u00e9\n', 'latin1'), 2],
    ['without the columns', Buffer.from('title,prompt\nA,b\n'), 3],
  ])('of a file that is %s stores nothing, not even the set', async (_what, content, code) => {
    const file = await command.write('bad.csv', content);
    const result = await command.run(['import', file, '--project', project, '--set', 'nothing'], env);
    expect([result.code, result.printed]).toEqual([code, '']);
    expect((await client.get(`/api/v1/projects/${project}/prompt_sets/nothing`)).status).toBe(404);
  });

  it('reports bad rows by number, imports the others and ends with 1', async () => {
    const result = await importRows('some-bad', [
      'Good,Fine',
      'Empty,',
      'only-one-column',
      'Also good,Fine too',
    ]);
    expect(result.code).toBe(1);
    expect(result.printed.split('\n')).toEqual([
      'Row 2 (empty) failed: prompt: This can’t be empty.',
      'Row 3 failed: This row has only 1 column.',
      `${project}/some-bad: 4 rows: 2 created, 0 updated, 0 unchanged, 0 left, 2 failed`,
      '',
    ]);
    expect(result.told).toContain('run the command again');
    expect((await promptsOf('some-bad')).map(({ slug }) => slug)).toEqual(['also-good', 'good']);
  });

  it('shows on a terminal how much was sent, and then how much of the file was read', async () => {
    const rows = Array.from({ length: 300 }, (_, row) => `Row ${row},${'x'.repeat(1_000)}\n`).join('');
    const file = await command.write('long.csv', `name,prompt\n${rows}`);
    const statuses: string[] = [];
    const terminal = {
      ...createTerminal({ write: () => true }, { write: () => true }),
      isLive: true,
      status: (line: string) => void statuses.push(line),
    };
    const args = [file, '--project', project, '--set', 'long'];
    expect(await runImport({ args, env, terminal })).toBe(0);
    const sent = statuses.filter((line) => line.startsWith('Sending: '));
    expect([sent.length, sent[0], sent.at(-1)]).toEqual([5, 'Sending: 21 %', 'Sending: 100 %']);
    const read = statuses.slice(sent.length).map((line) => /^(\d+) %, (\d+) rows read: /.exec(line) ?? []);
    expect(read.map(([, percent, count]) => [Number(percent), Number(count)])).toEqual([
      [16, 50],
      [33, 100],
      [49, 150],
      [66, 200],
      [83, 250],
      [100, 300],
      [100, 300],
    ]);
  });

  it('leaves and reports a prompt that a person edited since its import', async () => {
    await importRows('edited', ['Mine,Before', 'Other,Before']);
    const [mine] = await promptsOf('edited');
    const saved = await client.request('PATCH', `/api/v1/prompts/${mine?.id}`, {
      body: { content: { kind: 'text', template: 'By hand', parameters: [] } },
      headers: { 'if-match': '"1"' },
    });
    expect(saved.status).toBe(200);

    const result = await importRows('edited', ['Mine,After', 'Other,After']);
    expect(result.code).toBe(0);
    expect(result.printed.split('\n')).toEqual([
      'Row 1 (mine) was left: This prompt was edited since its import. It stays as it is.',
      `${project}/edited: 2 rows: 0 created, 1 updated, 0 unchanged, 1 left, 0 failed`,
      '',
    ]);
    const after = await client.get(`/api/v1/prompts/${mine?.id}`);
    expect(after.body.prompt.content.template).toBe('By hand');
  });
});

describe('anvil import that can’t', () => {
  it.each([
    [[], 'No command given.'],
    [['publish'], 'There is no command or option "publish"'],
    [['import'], 'No file given.'],
    [['import', 'a.csv', 'b.csv', '--project', 'p', '--set', 's'], 'One file can be imported at a time.'],
    [['import', 'a.csv', '--set', 's'], '--project is required'],
    [['import', 'a.csv', '--project', 'p'], '--set is required'],
    [
      ['import', 'a.csv', '--project'],
      "Option '--project <value>' argument missing. See anvil import --help.",
    ],
    [['import', 'a.csv', '--sett', 's'], "Unknown option '--sett'. See anvil import --help."],
    [
      ['import', 'a.csv', '--project', 'p', '--set', 's'],
      'No API key given. Create one with the scope write:prompts',
    ],
    [['import', 'a.csv', '--project', 'p', '--set', 's', '--key', 'two\nlines'], 'Invalid API key.'],
    [
      ['import', 'a.csv', '--project', 'p', '--set', 's', '--key', 'k', '--url', 'ftp://x'],
      '"ftp://x" isn\'t the address',
    ],
    [['import', 'a.csv', '--project', 'p', '--set', 's', '--key', 'k'], "a.csv can't be read (ENOENT)."],
    [
      ['import', 'a.csv', '--project', 'p', '--set', 's', '--placeholders', 'jinja'],
      '--placeholders is one of none, dollar',
    ],
    [['import', '.', '--project', 'p', '--set', 's', '--key', 'k'], ". isn't a file."],
  ])('says what is wrong with %j and ends with 2', async (args, message) => {
    const result = await command.run(args);
    expect([result.code, result.printed]).toEqual([2, '']);
    expect(result.told).toContain(message);
  });

  it('says that the project has to exist, and makes nothing', async () => {
    const file = await command.write('one.csv', 'name,prompt\nHello,Hello\n');
    const result = await command.run(['import', file, '--project', 'nowhere', '--set', 's'], env);
    expect([result.code, result.printed]).toEqual([3, '']);
    expect(result.told).toContain('There is no project "nowhere"');
  });

  it.each([
    ['a key that lacks the scope', { scopes: ['read:prompts'] as const }, 'write:prompts'],
    ['a key that nobody made', undefined, 'key'],
  ])('tells what the server says to %s and ends with 3', async (_what, input, message) => {
    const token = input
      ? (await createTestApiKey(account, { scopes: [...input.scopes] })).token
      : 'ank_0000000000000000000000000000000000000000000000000';
    const file = await command.write('one.csv', 'name,prompt\nHello,Hello\n');
    const args = ['import', file, '--project', project, '--set', 'refused', '--key', token];
    const result = await command.run(args, env);
    expect([result.code, result.printed]).toEqual([3, '']);
    expect(result.told).toContain(message);
  });

  it('tells what is wrong with a file without the columns, also while it is still being sent', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `Row ${index},${'x'.repeat(500)}`);
    const file = await command.write('columns.csv', `title,text\n${rows.join('\n')}\n`);
    const result = await command.run(['import', file, '--project', project, '--set', 'columns'], env);
    expect([result.code, result.printed]).toEqual([3, '']);
    expect(result.told).toContain('columns "name" and "prompt"; it names "title", "text"');
  });

  it('says that nobody is there', async () => {
    const file = await command.write('one.csv', 'name,prompt\nHello,Hello\n');
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const args = ['import', file, '--project', 'p', '--set', 's', '--url', `http://127.0.0.1:${port}`];
    const result = await command.run(args, env);
    expect([result.code, result.printed]).toEqual([3, '']);
    expect(result.told).toBe(
      `Anvil can't be reached at http://127.0.0.1:${port} (ECONNREFUSED). Check that it runs there.\n`,
    );
  });

  it('says that it can be run again when the connection is cut in the middle', async () => {
    const cutting = await testApp(database);
    const url = await cutting.app.listen({ host: '127.0.0.1', port: 0 });
    const rows = Array.from({ length: 20_000 }, (_, index) => `Row ${index},Text ${index}`);
    const file = await command.write('many.csv', `name,prompt\n${rows.join('\n')}\n`);
    const running = command.start(['import', file, '--project', project, '--set', 'cut', '--url', url], env);
    await running.hasTold('500 rows read');
    cutting.app.server.closeAllConnections();
    const result = await running.ended;
    await cutting.close();
    expect([result.code, result.printed]).toEqual([3, '']);
    expect(result.told).toMatch(
      /The connection was lost\. [\d,]+ rows are stored\. Run the command again: it stores nothing twice\.\n$/,
    );
  });
});

it('shows its help', async () => {
  for (const args of [['--help'], ['-h'], ['import', '--help'], ['import', '-h']]) {
    const result = await command.run(args);
    expect([result.code, result.told]).toEqual([0, '']);
    expect(result.printed).toContain('anvil import FILE.csv --project P --set S');
  }
});

it('keeps one line of progress on a terminal, and control characters of others out of it', () => {
  const shown: string[] = [];
  const output = { write: (text: string) => shown.push(text), isTTY: true, columns: 20 };
  const terminal = createTerminal(output, output);
  terminal.status('500 rows read: 500 created');
  terminal.status('550 rows read');
  terminal.print('Row 3: \u001b[2Jgone');
  terminal.print('Next');
  expect(shown.join('')).toBe(
    '\r\u001b[2K500 rows read: 500 \r\u001b[2K550 rows read\r\u001b[2KRow 3: �[2Jgone\nNext\n',
  );
});

describe('the question about placeholders', () => {
  const found = { dollar: 1_635, mustache: 12, liquid: 0 };

  async function answer(...typed: (string | undefined)[]) {
    const shown: string[] = [];
    const output = { write: (text: string) => shown.push(text), isTTY: true };
    const ask = (question: string) => {
      shown.push(question);
      return Promise.resolve(typed.shift());
    };
    const chosen = await choosePlaceholders(found, { ...createTerminal(output, output), ask });
    return { chosen, shown: shown.join('') };
  }

  it('names what the file has, and takes a number, a name or the default', async () => {
    const { chosen, shown } = await answer('2');
    expect(chosen).toBe('dollar');
    expect(shown).toBe(
      'The file has text that looks like placeholders: ${name} (1,635), {{name}} (12).\n' +
        'What becomes parameters?\n' +
        '  1  none: each prompt stays exactly as it is\n' +
        '  2  ${name} and ${name:default}\n' +
        '  3  {{name}}\n' +
        '  4  what Liquid reads: the prompts are Liquid templates\n' +
        'Choose 1 to 4 (1): ',
    );
    expect((await answer('')).chosen).toBe('none');
    expect((await answer('what?', '9', ' Mustache ')).chosen).toBe('mustache');
    await expect(answer(undefined)).rejects.toThrow('Nothing was imported.');
  });

  it('isn’t asked without a terminal, nor of a file without placeholders', async () => {
    const output = { write: () => true };
    expect(await choosePlaceholders(found, createTerminal(output, output))).toBe('none');
    const nothing = { dollar: 0, mustache: 0, liquid: 0 };
    const never = { ...createTerminal(output, output), ask: () => Promise.reject(new Error('asked')) };
    expect(await choosePlaceholders(nothing, never)).toBe('none');
  });

  it('is read from a terminal, until its input ends', async () => {
    const terminalOf = (input: PassThrough, isTTY: boolean) =>
      createTerminal(
        new PassThrough(),
        Object.assign(new PassThrough(), { isTTY: true }),
        Object.assign(input, { isTTY }),
      );
    const input = new PassThrough();
    const answered = terminalOf(input, true).ask?.('? ');
    input.write('3\n');
    expect(await answered).toBe('3');
    const ended = new PassThrough();
    const unanswered = terminalOf(ended, true).ask?.('? ');
    ended.end();
    expect(await unanswered).toBeUndefined();
    expect(terminalOf(new PassThrough(), false).ask).toBeUndefined();
  });
});
