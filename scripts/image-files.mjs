import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { root } from './run.mjs';

// `node scripts/image-files.mjs FOLDER`: copies what the built server needs at run time, and nothing else. Beside
// build/ that is each package it imports, with what those need themselves: a third of what `npm ci --omit=dev`
// installs, which has the pages' packages (they are in the bundle) and the embedded database as well.

const BUNDLES = ['build/server.mjs', 'build/render-worker.mjs', 'build/remix/index.js'];
/** Types, source maps and manuals. Licences stay. */
const NOT_RUN = /\.([cm]?ts|tsx|map|md|markdown)$/;
/** Peers for their types alone. */
const TYPES = /^(typescript|@types\/.*)$/;

/** @returns {Promise<string[]>} names of the packages that the bundles import, dynamically too */
async function importedPackages() {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: BUNDLES,
    outdir: 'unused',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  const paths = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  const names = paths.filter((path) => !path.startsWith('node:')).map(packageName);
  return [...new Set(names)];
}

/** `@scope/name/part` → `@scope/name` */
function packageName(path) {
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Finds a package as Node does: in the node_modules of `from`, then of each folder above it up to the clone. */
function folderOf(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (folder === root) return undefined;
  }
}

const readJson = async (path) => JSON.parse(await readFile(path, 'utf8'));

/**
 * @returns {Promise<Set<string>>} folders of all packages that are needed
 * @throws when one is neither installed nor optional nor a tool of development
 */
async function neededFolders() {
  const { devDependencies } = await readJson(join(root, 'package.json'));
  const folders = new Set();
  const visit = async (name, from, isOptional) => {
    const folder = folderOf(name, from);
    if (!folder && isOptional) return;
    if (!folder)
      throw new Error(`${name} is needed by ${relative(root, from) || 'the bundle'}, and not installed.`);
    if (folders.has(folder)) return;
    folders.add(folder);
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = await readJson(
      join(folder, 'package.json'),
    );
    for (const need of Object.keys(dependencies ?? {})) {
      await visit(need, folder, Object.hasOwn(optionalDependencies ?? {}, need));
    }
    for (const need of Object.keys(optionalDependencies ?? {})) await visit(need, folder, true);
    for (const need of Object.keys(peerDependencies ?? {})) {
      if (!peerDependenciesMeta?.[need]?.optional && !TYPES.test(need)) await visit(need, folder, false);
    }
  };
  for (const name of await importedPackages()) {
    // Vite: imported by development alone.
    if (!Object.hasOwn(devDependencies, name)) await visit(name, root, false);
  }
  return folders;
}

const target = process.argv[2];
if (!target) throw new Error('Say where to: node scripts/image-files.mjs FOLDER');
const filter = (source) => !NOT_RUN.test(source);
await mkdir(target, { recursive: true });
await cp(join(root, 'package.json'), join(target, 'package.json'));
await cp(join(root, 'build'), join(target, 'build'), { recursive: true, filter });
for (const folder of await neededFolders()) {
  await cp(folder, resolve(target, relative(root, folder)), {
    recursive: true,
    // What lies below a package in a node_modules of its own is copied when something needs it.
    filter: (source) => filter(source) && !relative(folder, source).split('/').includes('node_modules'),
  });
}
