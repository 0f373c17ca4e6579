import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// `npm run build:client`: what the package @anvil/client carries, into client/dist. The JavaScript takes a moment and is
// all that `npm run anvil` needs; the types take TypeScript over the whole server, and are needed to publish alone.

const folder = import.meta.dirname;
const dist = join(folder, 'dist');
const COMMAND = join(dist, 'cli.js');

/** Bundles the entries; packages stay imports. */
export async function buildScripts() {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: folder,
    entryPoints: ['index.ts', 'cli.ts'],
    outdir: 'dist',
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'warning',
  });
}

/** @returns {Promise<string>} the path of the command, built anew when a file of client/ is younger than it */
export async function buildCommandIfStale() {
  const files = await readdir(folder, { recursive: true });
  const sources = files.filter(
    (name) => /^[^.].*\.(ts|mjs)$/.test(name) && !/^(dist|node_modules)\//.test(name),
  );
  const changed = await Promise.all(sources.map(async (name) => (await stat(join(folder, name))).mtimeMs));
  const built = existsSync(COMMAND) ? (await stat(COMMAND)).mtimeMs : 0;
  if (built < Math.max(...changed)) await buildScripts();
  return COMMAND;
}

async function buildTypes() {
  const { default: ts } = await import('typescript');
  const { printAppRouter } = await import('./build-types.mjs');
  await mkdir(dist, { recursive: true });
  await writeFile(join(dist, 'app-router.d.ts'), await printAppRouter());
  const { outputText, diagnostics } = ts.transpileDeclaration(
    await readFile(join(folder, 'index.ts'), 'utf8'),
    {
      fileName: 'index.ts',
      reportDiagnostics: true,
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.NodeNext,
        isolatedDeclarations: true,
      },
    },
  );
  if (diagnostics?.length) throw new Error(ts.formatDiagnostics(diagnostics, ts.createCompilerHost({})));
  await writeFile(join(dist, 'index.d.ts'), outputText.replaceAll(/(from '\.\/[^']+)\.ts'/g, "$1.js'"));
}

if (process.argv[1] === import.meta.filename) {
  await rm(dist, { recursive: true, force: true });
  await buildScripts();
  await buildTypes();
}
