import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const { addSection, findNotes, writeSection } = (await import(
  new URL('./changelog.mjs', import.meta.url).href
)) as {
  addSection: (changelog: string, section: string) => string;
  findNotes: (changelog: string, version: string) => string | undefined;
  writeSection: (input: { clone: string; version: string; date: string }) => Promise<string>;
};

let clone: string;

const git = (...args: string[]) =>
  promisify(execFile)('git', ['-c', 'user.name=A', '-c', 'user.email=a@b.c', ...args], { cwd: clone });
const commit = (message: string) => git('commit', '--quiet', '--allow-empty', '--message', message);
/** Without the hashes, which differ in each run. */
const section = async (version: string) =>
  (await writeSection({ clone, version, date: '2026-12-01' })).replace(/ \([0-9a-f]{7,}\)$/gm, '');

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'anvil-changelog-'));
  await git('init', '--quiet');
});
afterEach(() => rm(clone, { recursive: true, force: true }));

test('a section lists what users notice, each commit once, the newest first', async () => {
  await commit('Begin');
  await commit('feat(delivery): fetch a prompt');
  await commit('docs: describe it');
  await commit('fix: answer 404');
  await commit('feat(rest)!: rename a field');
  await commit('perf(delivery): keep prompts\n\nBREAKING CHANGE: old keys are refused.');
  await commit('feat(delivery): fetch a bundle');
  expect(await section('1.0.0')).toBe(`## 1.0.0 (2026-12-01)

### Breaking changes

- **delivery**: keep prompts
- **rest**: rename a field

### Features

- **delivery**: fetch a bundle
- **delivery**: fetch a prompt

### Fixes

- answer 404
`);
});

test('a section begins after the last tag', async () => {
  await commit('feat: one');
  await git('tag', 'v1.0.0');
  await commit('fix: two');
  expect(await section('1.0.1')).toBe('## 1.0.1 (2026-12-01)\n\n### Fixes\n\n- two\n');
});

test('sections are added above earlier ones, and found by their version', () => {
  const first = addSection('# Changelog\n\nIntroduction.\n', '## 1.0.0 (2026-12-01)\n\n- one\n');
  const second = addSection(first, '## 1.0.10 (2026-12-02)\n\n- two\n');
  expect(second).toBe(
    '# Changelog\n\nIntroduction.\n\n## 1.0.10 (2026-12-02)\n\n- two\n\n## 1.0.0 (2026-12-01)\n\n- one\n',
  );
  expect([findNotes(second, '1.0.0'), findNotes(second, '1.0.10')]).toEqual(['- one', '- two']);
  expect(findNotes(second, '1.0.1')).toBeUndefined();
});
