import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './shell.ts';

/** The commands of a page of the documentation, to be run as they stand there. */
export interface Words {
  /** @returns the block that is the phrase, or the only one that holds it. @throws when none or several do */
  block(phrase: string): string;
  /** Blocks that nobody asked for yet. */
  untried(): string[];
  /** The commands marked as `console`, one a line: what they are for is on no test machine. */
  elsewhere: string[];
}

/** Reads the blocks marked as `sh` of a page, such as `docs/deploy/single-server.md`. */
export async function wordsOf(page: string): Promise<Words> {
  const text = await readFile(join(ROOT, page), 'utf8');
  const blocks = [...new Set(blocksOf(text, 'sh'))];
  const tried = new Set<string>();
  return {
    block: (phrase) => {
      const same = blocks.filter((block) => block.trimEnd() === phrase);
      const [one, ...more] = same.length > 0 ? same : blocks.filter((block) => block.includes(phrase));
      if (one === undefined || more.length > 0) {
        throw new Error(`${page} has ${one === undefined ? 'no block' : 'several blocks'} with: ${phrase}`);
      }
      tried.add(one);
      return one;
    },
    elsewhere: blocksOf(text, 'console').flatMap((block) =>
      block.replaceAll('\\\n', '').trimEnd().split('\n'),
    ),
    untried: () => blocks.filter((block) => !tried.has(block)),
  };
}

/** Those of one kind; one in a list is indented. */
const blocksOf = (text: string, kind: string) =>
  [...text.matchAll(new RegExp(`^( *)\`\`\`${kind}\\n(.*?)^\\1\`\`\`$`, 'gms'))].map(
    ([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
