import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './shell.ts';

/** How a test asks for a block to run it: `NAME.block('…')` after `NAME = await wordsOf('PAGE')` … */
const BOUND = /(\w+) = await wordsOf\('(.*?)'\)/g;
/** … and this. */
const COMPOSE = ['compose', 'asWritten', 'docs/deploy/docker.md'] as const;

/** @returns the phrases by which tests ask for blocks of a page */
export async function claimsOf(page: string): Promise<string[]> {
  const folder = join(ROOT, 'tests/deploy');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.test.ts'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) =>
    [...[...text.matchAll(BOUND)].map(([, name, of]) => [name, 'block', of] as const), COMPOSE]
      .filter(([, , of]) => of === page)
      .flatMap(([name, method]) => [...text.matchAll(asks(name, method))])
      .map(([, , phrase = '']) => phrase.replaceAll('\\n', '\n')),
  );
}

const asks = (name = '', method: string) =>
  new RegExp(`\\b${name}\\s*\\.${method}\\(\\s*(['"])(.*?)\\1`, 'g');
