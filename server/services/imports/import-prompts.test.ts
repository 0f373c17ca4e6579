import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestProject, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { textPrompt } from '#tests/support/prompts.ts';
import type { ImportNote, ImportProgress, ImportRow } from '../../schemas/imports.ts';
import type { PromptSummary, PromptView } from '../../schemas/prompts.ts';
import { archivePrompt } from '../prompt-archive.ts';
import { getPrompt, listPrompts, updatePrompt } from '../prompts.ts';
import { getPromptSet } from '../prompt-sets.ts';
import { listRevisions } from '../revisions.ts';
import { importPrompts } from './import-prompts.ts';

let testDatabase: TestDatabase;
let database: Database;
let account: TestAccount;
let project: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  account = await registerTestAccount(database);
  project = (await createTestProject(account)).slug;
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

type Line = ImportNote | ImportProgress;
type Pair = [name: string, prompt: string];

async function* rowsOf(rows: readonly (ImportRow | Pair)[]): AsyncGenerator<ImportRow> {
  for (const [index, row] of rows.entries()) {
    yield await Promise.resolve(Array.isArray(row) ? { row: index + 1, name: row[0], prompt: row[1] } : row);
  }
}

async function run(set: string, rows: readonly (ImportRow | Pair)[]) {
  const told: Line[] = [];
  const report = await importPrompts(
    account.context,
    { project, set, placeholders: 'dollar' },
    rowsOf(rows),
    (line) => told.push(line),
  );
  const {
    rows: _rows,
    type: _type,
    address: _address,
    numbered: _numbered,
    placeholders: _signs,
    ...counts
  } = report;
  const notes = told.flatMap((line) => (line.type === 'note' && line.kind !== 'numbered' ? [line] : []));
  return { report, counts, notes, told };
}

async function promptsOf(set: string): Promise<PromptSummary[]> {
  return (await listPrompts(account.context, { project, set, limit: 100, archived: false })).data;
}

async function promptOf(set: string, prompt: string): Promise<PromptView> {
  return getPrompt(account.context, { project, set, prompt });
}

const NOTHING = { created: 0, updated: 0, unchanged: 0, left: 0, failed: 0 };

describe('what a row is called', () => {
  test('depends on the file alone: equal names are numbered in its order, names without letters by their row', async () => {
    const long = 'Long name '.repeat(20);
    const { counts } = await run('names', [
      ['Greeting', 'a'],
      ['greeting!', 'b'],
      ['Größe & Farbe', 'c'],
      ['你好', 'd'],
      ['Greeting', 'e'],
      [long, 'f'],
      [`${long} again`, 'g'],
      ['__proto__', 'h'],
    ]);
    expect(counts).toEqual({ ...NOTHING, created: 8 });
    const prompts = await promptsOf('names');
    const cut = 'long-name-long-name-long-name-long-name-long-name-long-name-long';
    expect(prompts.map((prompt) => prompt.slug)).toEqual(
      [
        'greeting',
        'greeting-2',
        'grosse-farbe',
        'prompt-4',
        'greeting-3',
        cut,
        `${cut.slice(0, 62)}-2`,
        'proto',
      ].sort(),
    );
    for (const { slug, name } of prompts) {
      expect(slug.length).toBeLessThanOrEqual(64);
      expect(name.length).toBeLessThanOrEqual(120);
    }
    expect((await promptOf('names', 'greeting-3')).content).toMatchObject({ kind: 'text', template: 'e' });
  });

  test('a bad row keeps its name to itself, so that mending it renames nobody', async () => {
    await run('mended', [
      ['A', ''],
      ['A', 'second'],
    ]);
    expect((await promptsOf('mended')).map((prompt) => prompt.slug)).toEqual(['a-2']);
    const { counts } = await run('mended', [
      ['A', 'first'],
      ['A', 'second'],
    ]);
    expect(counts).toEqual({ ...NOTHING, created: 1, unchanged: 1 });
  });
});

describe('a second run', () => {
  const FILE: Pair[] = Array.from({ length: 120 }, (_, index) => [
    `Prompt ${index % 7}`,
    `Text ${index} \${Name:x}`,
  ]);

  test('of the same file changes nothing at all, over several transactions', async () => {
    const first = await run('again', FILE);
    expect(first.counts).toEqual({ ...NOTHING, created: 120 });
    expect(first.told.filter((line) => line.type === 'progress').map((line) => line.created)).toEqual([
      50, 100, 120,
    ]);
    const before = await promptsOf('again');
    const second = await run('again', FILE);
    expect([second.counts, second.notes]).toEqual([{ ...NOTHING, unchanged: 120 }, []]);
    expect(await promptsOf('again')).toEqual(before);
  });

  test('at the same time as the first ends with the same set, and neither takes the other for a person', async () => {
    const runs = await Promise.all([run('twice', FILE), run('twice', FILE)]);
    expect(runs.flatMap(({ notes }) => notes)).toEqual([]);
    const [one, two] = runs.map(({ counts }) => counts);
    expect([(one?.created ?? 0) + (two?.created ?? 0), one?.left, two?.left]).toEqual([120, 0, 0]);
    expect((await run('twice', FILE)).counts).toEqual({ ...NOTHING, unchanged: 120 });
  });

  test('with another text makes a revision of that prompt, and again when it is imported anew', async () => {
    for (const [run_, text] of ['one', 'two', 'three'].entries()) {
      const { counts } = await run('changed', [
        ['Stays', 'the same'],
        ['Moves', text],
      ]);
      expect(counts).toEqual(
        run_ === 0 ? { ...NOTHING, created: 2 } : { ...NOTHING, updated: 1, unchanged: 1 },
      );
    }
    const moved = await promptOf('changed', 'moves');
    expect([moved.revision, moved.content]).toMatchObject([3, { template: 'three' }]);
    const revisions = await listRevisions(account.context, { prompt_id: moved.id, limit: 10 });
    expect(revisions.data.map(({ number, source }) => [number, source])).toEqual([
      [3, 'import'],
      [2, 'import'],
      [1, 'import'],
    ]);
    expect((await promptOf('changed', 'stays')).revision).toBe(1);
  });

  test('leaves alone what a person edited or archived, and says which rows', async () => {
    const file = (text: string): Pair[] => ['Edited', 'Archived', 'Free'].map((name) => [name, text]);
    await run('edited', file('one'));
    const edited = await promptOf('edited', 'edited');
    await updatePrompt(account.context, {
      prompt_id: edited.id,
      revision: 1,
      content: textPrompt('by hand'),
    });
    const archived = await promptOf('edited', 'archived');
    await archivePrompt(account.context, { prompt_id: archived.id, revision: 1 });

    const { counts, notes } = await run('edited', file('two'));
    expect(counts).toEqual({ ...NOTHING, updated: 1, left: 2 });
    expect(notes.map(({ row, kind, slug }) => [row, kind, slug])).toEqual([
      [1, 'left', 'edited'],
      [2, 'left', 'archived'],
    ]);
    expect(await promptOf('edited', 'edited')).toMatchObject({
      revision: 2,
      content: { template: 'by hand' },
    });
    expect(await promptOf('edited', 'archived')).toMatchObject({ revision: 1, archived: true });
  });
});

describe('a bad row', () => {
  test('is told by its number and stops nothing', async () => {
    const { counts, notes, report } = await run('bad', [
      ['Good', 'one'],
      ['', 'no name'],
      ['Empty', '  '],
      { row: 4, error: 'This row has only 1 columns.' },
      ['Nul', 'a\0b'],
      ['Half', 'a\ud800b'],
      ['Long', 'x'.repeat(500_001)],
      ['Good too', 'two'],
    ]);
    expect(counts).toEqual({ ...NOTHING, created: 2, failed: 6 });
    expect(report).toMatchObject({ type: 'report', rows: 8, address: `${project}/bad` });
    expect(notes.map(({ row, kind }) => [row, kind])).toEqual(
      [2, 3, 4, 5, 6, 7].map((row) => [row, 'failed']),
    );
    for (const { message } of notes) expect(message).toMatch(/\.$/);
    expect((await promptsOf('bad')).map((prompt) => prompt.slug)).toEqual(['good', 'good-too']);
  });
});

describe('the set', () => {
  test('is made when it is not there, once', async () => {
    await run('made', []);
    const { id } = await getPromptSet(account.context, { project, set: 'made' });
    await run('made', [['A', 'b']]);
    expect((await getPromptSet(account.context, { project, set: 'made' })).id).toBe(id);
  });

  test.each(['Not A Slug', '-', 'a/b', ''])(
    'is refused as %j: that could never be addressed',
    async (set) => {
      const work = run(set, [['A', 'b']]);
      await expect(work).rejects.toMatchObject({ status: set === '' ? 404 : 422 });
    },
  );
});

describe('a large file', () => {
  test('is imported up to its 100,000th row, and the error says so', async () => {
    const rows = (async function* (): AsyncGenerator<ImportRow> {
      for (let row = 1; row <= 100_001; row++) yield await Promise.resolve({ row, name: 'Same', prompt: '' });
    })();
    const told: Line[] = [];
    const importing = importPrompts(
      account.context,
      { project, set: 'large', placeholders: 'none' },
      rows,
      (line) => told.push(line),
    );
    await expect(importing).rejects.toMatchObject({ status: 413, reason: 'import.too_many_rows' });
    expect(told.at(-1)).toMatchObject({ type: 'progress', rows: 100_000, failed: 100_000 });
    expect(told.at(-2)).toMatchObject({ type: 'note', row: 100_000, slug: 'same-100000' });
  });

  /** Hashing it takes more than a millisecond. */
  const WORK = Buffer.alloc(4_000_000);

  test('lets other requests run between its rows, also if nothing is written', async () => {
    let turns = 0;
    const rows = (async function* (): AsyncGenerator<ImportRow> {
      for (let row = 1; row <= 300; row++) {
        createHash('sha256').update(WORK).digest();
        yield await Promise.resolve({ row, name: 'Same', prompt: '' });
      }
    })();
    const count = () => {
      turns++;
      if (turns > 0) immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    await importPrompts(
      account.context,
      { project, set: 'busy', placeholders: 'none' },
      rows,
      () => undefined,
    );
    clearImmediate(immediate);
    // At least 300 ms of work in slices of 10 ms. Without slices there are only the turns of the queries.
    expect(turns).toBeGreaterThan(20);
  });
});
