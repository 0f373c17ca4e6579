import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './run.mjs';

const execute = promisify(execFile);

/**
 * Returns the commit of this clone.
 *
 * @returns {Promise<string | undefined>} 40 hexadecimal digits, with `-modified` if tracked files were changed;
 *   undefined without git or its data, such as in the build of an image
 */
export async function findCommit() {
  const args = ['describe', '--always', '--abbrev=40', '--exclude=*', '--dirty=-modified'];
  const found = await execute('git', args, { cwd: root }).catch(() => undefined);
  return found?.stdout.trim();
}

/**
 * Writes the commit to `build/commit`, where the server reads it. A commit that changes no input of the build needs no
 * new build, so this runs at each start. A commit that can't be found out, and a folder of another user, stay as they are.
 *
 * @param {string} [commit] replaces that of this clone
 */
export async function writeCommit(commit) {
  const file = join(root, 'build/commit');
  const wanted = commit ?? (await findCommit());
  if (wanted === undefined) return;
  const written = await readFile(file, 'utf8').catch(() => '');
  if (written.trim() === wanted) return;
  await writeFile(file, `${wanted}\n`).catch((error) => {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
  });
}
