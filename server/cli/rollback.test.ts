import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { buildServerCommand, COMMIT, type ServerCommand } from '#tests/support/server-command.ts';
import { migrationStatus } from '#db/migrate.ts';
import { MIGRATIONS } from '#db/migrations/index.ts';
import type { Config } from '../config.ts';
import { parseRollback, rollbackCommand } from './rollback.ts';

const NEWEST = MIGRATIONS.at(-1)?.name ?? '';

let testDatabase: TestDatabase;
let folder: string;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'anvil-rollback-'));
});
afterEach(async () => {
  await testDatabase.drop();
  await rm(folder, { recursive: true, force: true });
});

const pending = async () => (await migrationStatus({ url: testDatabase.url })).pending;

describe('rollback', () => {
  it('accepts a number, and --yes only beside --delete-data', () => {
    expect(parseRollback([])).toEqual({ steps: 1, deleteData: false, yes: false });
    expect(parseRollback(['--delete-data', '3', '--yes'])).toEqual({ steps: 3, deleteData: true, yes: true });
    for (const args of [['0'], ['x'], ['1', '2'], ['--yes'], ['1', '--force']])
      expect(parseRollback(args), args.join(' ')).toBeUndefined();
  });
});

describe('rollback on a terminal', () => {
  /** @returns what was written */
  async function typed(answer: string): Promise<{ shown: string; error: unknown }> {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const lines: string[] = [];
    const print = (line: string) => void lines.push(line);
    input.end(answer);
    const config = { dataDir: folder, database: { kind: 'url' } } as Config;
    const error: unknown = await rollbackCommand(
      config,
      testDatabase.url,
      { steps: 1, deleteData: true, yes: false },
      { input, output, isTerminal: true, print, printAside: print },
    ).catch((thrown: unknown) => thrown);
    return { shown: `${lines.join('\n')}\n${String(output.read())}`, error };
  }

  it('copies the database, and reverts after "delete" was typed', async () => {
    const { shown, error } = await typed('delete\n');
    expect(error).toBeUndefined();
    expect(shown).toMatch(/^Copied the database to .*-rollback\.archive\.gz$/m);
    expect(shown).toContain("This can't be undone. Type delete to continue: ");
    expect(await readdir(join(folder, 'copies'))).toHaveLength(1);
    expect(await pending()).toEqual([NEWEST]);
  });

  it.each(['\n', 'yes\n', ''])('reverts nothing after %j', async (answer) => {
    const { error } = await typed(answer);
    expect(String(error)).toContain('Nothing was reverted.');
    expect(await pending()).toEqual([]);
  });

  it('says that no copy could be stored, and asks nevertheless', async () => {
    await writeFile(join(folder, 'copies'), 'a file');
    const { shown } = await typed('delete\n');
    expect(shown).toMatch(/^No copy was made: .* can't be written \(E[A-Z]+\)\.$/m);
    expect(await pending()).toEqual([NEWEST]);
  });
});

describe('rollback without a terminal', { timeout: 120_000 }, () => {
  let command: ServerCommand;

  beforeAll(async () => {
    command = await buildServerCommand();
  });
  afterAll(() => command.remove());

  const run = (...args: string[]) =>
    command.run(['rollback', ...args], { DATABASE_URL: testDatabase.url, ANVIL_DATA_DIR: folder });

  it('names the loss and refuses more than the release brought, until --delete-data and --yes are given', async () => {
    const refused = await run('3');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain(`(commit ${COMMIT}), didn't bring ${NEWEST}, `);
    expect(refused.stderr).toMatch(/^ +0 {2}prompts\.change_number$/m);
    expect(refused.stderr).toContain('add --delete-data');
    expect(refused.stderr).not.toContain('    at ');

    const unconfirmed = await run('3', '--delete-data');
    expect([unconfirmed.code, unconfirmed.stderr]).toEqual([1, expect.stringContaining('Add --yes')]);
    expect(await pending()).toEqual([]);

    const { code, stdout, stderr } = await run('1', '--delete-data', '--yes');
    expect([code, stdout]).toEqual([0, `Reverted ${NEWEST}\n`]);
    expect(stderr).toContain('Copied the database to ');
    expect(await pending()).toEqual([NEWEST]);
  });

  it('reverts what this release brought without an option', async () => {
    expect((await run('1', '--delete-data', '--yes')).code).toBe(0);
    expect((await command.run(['migrate'], { DATABASE_URL: testDatabase.url })).code).toBe(0);
    expect(await run('1')).toMatchObject({ code: 0, stdout: `Reverted ${NEWEST}\n` });
    expect((await run('2')).code).toBe(1);
  });
});
