import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { writeCommit } from './commit.mjs';
import { root, run } from './run.mjs';

// `npm run build`: the pages by Remix, then the server for plain Node, what is loaded later in files of its own. Does nothing when nothing changed.

const STAMP = join(root, 'build/.stamp');
/** Everything the build is made from; a folder counts with all its files but tests. */
const INPUTS = [
  'app',
  'core',
  'db',
  'server',
  'public',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'vite.config.ts',
  'scripts/build.mjs',
];
const OUTPUTS = ['build/server.mjs', 'build/render-worker.mjs', 'build/remix/index.js', 'build/client'];

/** @returns {Promise<string>} a hash of the names and bytes of all inputs */
async function hashOfInputs() {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    const path = join(root, input);
    if (!existsSync(path)) continue;
    const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => null);
    const files = entries
      ? entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
      : [path];
    for (const file of files.filter((name) => !/\.(test|arbitrary)\.tsx?$|\.md$/.test(name)).sort()) {
      hash
        .update(`${relative(root, file)}\0`)
        .update(await readFile(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

/** @returns {Promise<boolean>} whether build/ is there and was made from the sources as they are now */
export async function isUpToDate() {
  if (![STAMP, ...OUTPUTS.map((path) => join(root, path))].every((path) => existsSync(path))) return false;
  return readFileSync(STAMP, 'utf8') === (await hashOfInputs());
}

/** Packages stay imports; the code of this repository (`#server/…`, `@anvil/core/…`) goes into the bundle. */
const packagesExternal = {
  name: 'packages-external',
  setup(build) {
    build.onResolve({ filter: /^[^./#]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@anvil/') ? null : { path, external: true },
    );
  },
};

/**
 * Bundles the server and the script of its render workers, in place of what an earlier build left.
 *
 * @param {string} outdir
 */
export async function buildServer(outdir) {
  const { build } = await import('esbuild');
  const left = await readdir(resolve(root, outdir)).catch(() => []);
  const bundles = left.filter((name) => /\.mjs(\.map)?$/.test(name));
  await Promise.all(bundles.map((name) => rm(resolve(root, outdir, name))));
  await build({
    absWorkingDir: root,
    entryPoints: { server: 'server/cli.ts', 'render-worker': 'server/render/worker.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What is imported by `import()` becomes a file of its own: a command doesn't load the server, nor a server that
    // nobody watches the libraries of watching.
    splitting: true,
    chunkNames: '[name]-[hash]',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: true,
    plugins: [packagesExternal],
    logLevel: 'warning',
  });
}

/**
 * Builds what is missing or stale.
 *
 * @throws when a step fails; its own output has said why
 */
async function build() {
  if (await isUpToDate()) return;
  const hash = await hashOfInputs(); // Taken before: a file saved meanwhile makes the build stale, not wrongly fresh.
  await rm(STAMP, { force: true });
  const env = { ...process.env, NODE_ENV: 'production' };
  const pages = await run('remix', ['vite:build', '--logLevel=warn'], { env, output: 'collect' });
  if (pages.code !== 0) throw new Error(`The pages could not be built.\n${pages.output}`);
  await buildServer('build');
  await writeFile(STAMP, hash);
}

if (resolve(process.argv[1] ?? '') === import.meta.filename) {
  await build()
    .then(() => writeCommit())
    .catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });
}
