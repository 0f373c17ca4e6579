import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/shell.ts';
import { wordsOf } from './support/words.ts';

const read = (path: string) => readFile(join(ROOT, path), 'utf8');

/** Programs of which nothing can be run on a test machine: a real cluster, Fly.io. */
const NOT_HERE = /^(kubectl|fly) /;
/** Pages of which their tests run every block. */
const RUN_WHOLE = ['docs/deploy/single-server.md', 'docs/deploy/backup.md'];

test('each block of the runbook that can be run here is run by a test as it stands, and no other is left out', async () => {
  const runbook = await wordsOf('docs/runbook.md');
  const names = (await readdir(join(ROOT, 'tests/deploy'))).filter((name) => name.endsWith('.test.ts'));
  const tests = await Promise.all(names.map((name) => read(`tests/deploy/${name}`)));
  const phrases = tests.flatMap((text) =>
    [...text.matchAll(/\brunbook\.block\('(.*?)'\)/g)].map(([, phrase = '']) => phrase),
  );
  for (const phrase of phrases) runbook.block(phrase);
  const pages = await Promise.all(RUN_WHOLE.map(wordsOf));
  const tried = new Set(pages.flatMap((page) => page.untried()));
  expect(phrases.length).toBeGreaterThan(8);
  expect(runbook.untried().filter((block) => !tried.has(block))).toEqual([]);

  const elsewhere = (await read('docs/runbook.md')).matchAll(/^```console\n(.*?)^```$/gms);
  const commands = [...elsewhere].flatMap(([, block = '']) => block.trimEnd().split('\n'));
  expect(commands.filter((command) => !NOT_HERE.test(command))).toEqual([]);
});

test('every alert leads to an entry of the runbook, or to a page that is there', async () => {
  const alerts = await read('deploy/prometheus/alerts.yml');
  const links = [...alerts.matchAll(/runbook: (\S+?)(?:#(\S+))?$/gm)];
  expect(links.length).toBeGreaterThan(5);
  for (const [, page = '', anchor] of links) {
    const headings = [...(await read(page)).matchAll(/^## (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    if (anchor !== undefined) expect(headings).toContain(anchor);
  }
});
