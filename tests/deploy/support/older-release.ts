import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must, ROOT } from './shell.ts';

/** The commit before migration 0008. Its packages have the versions that this commit has. */
const OLDER_COMMIT = 'a331619888c3496ab2d945882a590f20f5626001';

/** False in a clone without the whole history, such as one made by `git clone --depth 1`. */
export const HAS_OLDER_COMMIT =
  spawnSync('git', ['cat-file', '-e', `${OLDER_COMMIT}^{commit}`], { cwd: ROOT }).status === 0;

export interface OlderRelease {
  /** Its `server.mjs`. It serves the API and no pages. */
  script: string;
}

/** Builds the server of the older commit in a new folder, from the history of this clone. */
export async function buildOlderRelease(folder: string): Promise<OlderRelease> {
  await mkdir(folder, { recursive: true });
  const archive = join(folder, 'sources.tar');
  await must('git', ['archive', '--output', archive, OLDER_COMMIT], { cwd: ROOT });
  await must('tar', ['-xf', archive, '-C', folder]);
  await rm(archive);

  // The packages of this clone, but the workspaces of the older commit.
  const packages = join(folder, 'node_modules');
  await mkdir(join(packages, '@anvil'), { recursive: true });
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name !== '@anvil') await symlink(join(ROOT, 'node_modules', name), join(packages, name));
  }
  for (const name of ['core', 'client']) await symlink(join(folder, name), join(packages, '@anvil', name));

  const build = `import { buildServer } from './scripts/build.mjs'; await buildServer('build');`;
  await must(process.execPath, ['--input-type=module', '--eval', build], { cwd: folder });
  // The start checks that there are pages.
  await mkdir(join(folder, 'build/client'), { recursive: true });
  await mkdir(join(folder, 'build/remix'), { recursive: true });
  await writeFile(join(folder, 'build/remix/index.js'), '');
  return { script: join(folder, 'build/server.mjs') };
}
