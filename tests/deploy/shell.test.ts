import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { has, must, ROOT, sh } from './support/shell.ts';

describe.skipIf(!has('shellcheck', 'shfmt'))('the scripts that run servers', async () => {
  const folders = ['deploy', '.ci'].map((folder) =>
    readdir(join(ROOT, folder), { recursive: true, withFileTypes: true }),
  );
  const files = (await Promise.all(folders))
    .flat()
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const scripts = files
    .filter((file, index) => file.endsWith('.sh') || /^#!.*\b(ba)?sh\b/.test(contents[index] ?? ''))
    .map((file) => file.slice(ROOT.length + 1));

  test('are free of what shellcheck knows to go wrong', async () => {
    expect(scripts).toEqual(expect.arrayContaining(['deploy/single_server_setup.sh', '.ci/prepare']));
    expect(await must('shellcheck', ['--external-sources', ...scripts])).toBe('');
  });

  test('are written as shfmt writes them', async () => {
    expect(await must('shfmt', ['-i', '2', '-ci', '-d', ...scripts])).toBe('');
  });

  test('stop at the first thing that fails', async () => {
    for (const script of scripts) {
      const text = await readFile(join(ROOT, script), 'utf8');
      if (text.startsWith('#!/usr/bin/env bash')) expect(text, script).toContain('set -euo pipefail');
      expect((await sh('bash', ['-n', script])).code, script).toBe(0);
    }
  });
});
