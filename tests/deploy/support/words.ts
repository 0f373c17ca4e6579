import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './shell.ts';

/** The commands of a page of the documentation, to be run as they stand there. */
export interface Words {
  /** @returns the block that is the phrase, or the only one that holds it. @throws when none or several do */
  block(phrase: string): string;
  /** Blocks that nobody asked for yet. */
  untried(): string[];
}

/** Reads the blocks marked as `sh` of a page, such as `docs/deploy/single-server.md`. */
export async function wordsOf(page: string): Promise<Words> {
  const text = await readFile(join(ROOT, page), 'utf8');
  const blocks = [...new Set([...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block))];
  const tried = new Set<string>();
  return {
    block: (phrase) => {
      const same = blocks.filter((block) => block.trimEnd() === phrase);
      const [found, ...more] = same.length > 0 ? same : blocks.filter((block) => block.includes(phrase));
      if (found === undefined || more.length > 0) {
        throw new Error(`${page} has ${found === undefined ? 'no block' : 'several blocks'} with: ${phrase}`);
      }
      tried.add(found);
      return found;
    },
    untried: () => blocks.filter((block) => !tried.has(block)),
  };
}
