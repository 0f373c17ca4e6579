import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { claimsOf } from './support/claims.ts';
import { ROOT } from './support/shell.ts';
import { wordsOf } from './support/words.ts';

const read = (path: string) => readFile(join(ROOT, path), 'utf8');

/** What no test machine has, so that nothing of it can be run: its commands are marked `console`. */
const NOT_HERE: Record<string, RegExp> = {
  'a current Kubernetes cluster':
    /^(kubectl |DEPLOY_TARGET=kubernetes |curl -sS https:\/\/prompts\.example\.org\/)/,
  'Fly.io': /^(fly|flyctl) /,
  'GitHub and clouds': /^(gh|aws|gcloud) /,
};
/** What stands in blocks and is no command. */
const NO_COMMANDS = ['text', 'sql'];

describe('README, the pages of docs/deploy and the runbook', () => {
  let pages: string[];
  beforeAll(async () => {
    const names = await readdir(join(ROOT, 'docs/deploy'));
    pages = ['README.md', 'docs/runbook.md', ...names.map((name) => `docs/deploy/${name}`)];
  });

  test('have no block of commands that no test runs as it stands', async () => {
    const words = await Promise.all(pages.map(wordsOf));
    const claims = await Promise.all(pages.map(claimsOf));
    const tried = words.flatMap((page, index) => claims[index]?.map((phrase) => page.block(phrase)) ?? []);
    expect(tried.length).toBeGreaterThan(50);
    const untried = words.flatMap((page, index) =>
      page.untried().map((block) => `${pages[index]}:\n${block}`),
    );
    // The same words may stand on two pages.
    expect(untried.filter((text) => !tried.some((block) => text.endsWith(`:\n${block}`)))).toEqual([]);
  });

  test('mark all other commands, which are those of what no test machine has', async () => {
    for (const page of pages) {
      const blocks = [...(await read(page)).matchAll(/^ *```(\w*)\n(.*?)^ *```$/gms)];
      const others = blocks.filter(([, kind = '']) => kind !== 'sh' && !NO_COMMANDS.includes(kind));
      expect(
        others.map(([, kind]) => kind).filter((kind) => kind !== 'console'),
        page,
      ).toEqual([]);
      const { elsewhere } = await wordsOf(page);
      const known = (command: string) => Object.values(NOT_HERE).some((form) => form.test(command));
      expect(
        elsewhere.filter((command) => !known(command)),
        page,
      ).toEqual([]);
    }
  });
});
