import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/shell.ts';

const read = (path: string) => readFile(join(ROOT, path), 'utf8');

/** Programs of which nothing can be run on a test machine: a real cluster, Fly.io. */
const NOT_HERE = /^(kubectl|fly) /;

/** The command lines of a page's blocks of one kind. */
function commandsOf(page: string, language: string): string[] {
  const blocks = page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'));
  return [...blocks].flatMap(([, block = '']) => block.trimEnd().split('\n'));
}

/** What tells a command from others: its scripts, its subcommand, its options. */
function namesOf(command: string): string[] {
  const scripts = command.match(/[a-z_]+\.sh/g) ?? [];
  const [, subcommand] = /anvil-server ([a-z:-]+( [a-z-]+)?)/.exec(command) ?? [];
  const options = command.match(/(?<= )--[a-z-]+/g) ?? [];
  return [...scripts, ...(subcommand ? [subcommand] : []), ...options];
}

test('what the runbook says can be run here is run by a test, and nothing else is marked as if it could not', async () => {
  const runbook = await read('docs/runbook.md');
  const pages = await Promise.all(
    ['single-server', 'backup', 'docker'].map((page) => read(`docs/deploy/${page}.md`)),
  );
  // Their tests run every block of these pages.
  const tried = new Set(pages.flatMap((page) => commandsOf(page, 'sh')));
  const files = (await readdir(join(ROOT, 'tests/deploy'))).filter((name) =>
    /(?<!runbook)\.test\.ts$/.test(name),
  );
  const more = [
    'server/cli.test.ts',
    ...(await readdir(join(ROOT, 'server/cli')))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `server/cli/${name}`),
  ];
  const tests = await Promise.all([...files.map((name) => `tests/deploy/${name}`), ...more].map(read));
  const isTried = (command: string) => {
    const names = namesOf(command);
    return (
      tried.has(command) ||
      (names.length > 0 && tests.some((text) => names.every((name) => text.includes(name))))
    );
  };
  const looks = /^(df|pg_lsclusters|journalctl|curl) ?/; // Only looked at: they change nothing.
  const commands = commandsOf(runbook, 'sh').filter((command) => !looks.test(command));
  expect(commands.length).toBeGreaterThan(8);
  expect(commands.filter((command) => !isTried(command))).toEqual([]);
  expect(commandsOf(runbook, 'console').filter((command) => !NOT_HERE.test(command))).toEqual([]);
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
