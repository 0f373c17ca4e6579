import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findCommit, writeCommit } from './commit.mjs';
import { root, run } from './run.mjs';

// `npm run -s release [-- ID]`: builds Anvil and packs what a server needs, packages included, into one archive for
// machines of this kind (system and processor): dist/anvil-ID.tar.gz. Prints its path. The server then needs no
// registry and no npm, neither for a new release nor on the way back to an old one.

/** What goes in beside the bundles and the packages they import. */
const CONTENTS = ['deploy', 'LICENSE'];

const execute = promisify(execFile);

/** @returns {Promise<string>} version and a hash of what the build and the scripts of deploy/ are made from */
async function makeId() {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const hash = createHash('sha256').update(await readFile(join(root, 'build/.stamp')));
  const entries = await readdir(join(root, 'deploy'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) hash.update(`${file.slice(root.length)}\0`).update(await readFile(file));
  return `${version}-${hash.digest('hex').slice(0, 12)}`;
}

/** A release that is named by a commit is built from it. Without git, the name is all that is known. */
async function assertCommit(commit) {
  const found = await findCommit();
  if (found === undefined) return writeCommit(commit);
  if (found !== commit)
    throw new Error(
      `This clone is at ${found}, not at ${commit}. Check out that commit, or leave out the name.`,
    );
}

/**
 * @param {string | undefined} wanted an id such as a commit's; otherwise it is computed
 * @returns {Promise<string>} the path of the archive
 */
async function release(wanted) {
  const build = await run('scripts/build.mjs', [], { output: 'collect' });
  if (build.code !== 0) throw new Error(build.output);
  const id = wanted ?? (await makeId());
  if (/^[0-9a-f]{40}$/.test(id)) await assertCommit(id);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id)) throw new Error(`A release can't be called "${id}".`);
  const dist = join(root, 'dist');
  await mkdir(dist, { recursive: true });
  const work = await mkdtemp(join(dist, '.release-'));
  try {
    const folder = join(work, `anvil-${id}`);
    const files = await run('scripts/image-files.mjs', [folder], { output: 'collect' });
    if (files.code !== 0) throw new Error(files.output);
    for (const path of CONTENTS) await cp(join(root, path), join(folder, path), { recursive: true });
    await writeFile(join(folder, 'RELEASE'), `${id}\n`);

    const archive = `anvil-${id}.tar.gz`;
    // RELEASE comes first, so that reading the id does not read all of it. Same contents, same archive.
    const order = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];
    const names = ['RELEASE', ...(await readdir(folder)).filter((name) => name !== 'RELEASE').sort()];
    const parts = names.map((name) => `anvil-${id}/${name}`);
    await execute('tar', ['-czf', archive, ...order, ...parts], { cwd: work });
    await rename(join(work, archive), join(dist, archive));
    return join(dist, archive);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

try {
  console.log(await release(process.argv[2]));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
