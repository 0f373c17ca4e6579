import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeCommit } from './commit.mjs';
import { LocalFileError, localEnvironment } from './local-env.mjs';
import { root, run, stopWithNpm } from './run.mjs';

// `npm start` and `npm run -s anvil-server -- COMMAND`: builds what is missing or stale, then becomes the server that
// `node build/server.mjs` is, with an environment in which nothing has to be configured. It is the same process, so
// signals, the exit code and a kill reach Anvil itself.

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Anvil needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}
if (!existsSync(join(root, 'node_modules/esbuild'))) {
  console.error('The packages are missing. Run "npm ci" first.');
  process.exit(1);
}

const isCommand = process.argv.length > 2;
const { isUpToDate } = await import('./build.mjs');
if (!(await isUpToDate())) {
  if (!isCommand) console.error('Building Anvil …');
  // A process of its own: the tools' memory is given back. On stderr: a command's stdout is its result.
  const built = await run('scripts/build.mjs', [], { output: isCommand ? 'collect' : 'stderr' });
  if (built.code !== 0) {
    console.error(built.output);
    process.exit(built.code);
  }
} else {
  await writeCommit();
}

try {
  Object.assign(process.env, localEnvironment(root, { NODE_ENV: 'production', ...process.env }));
} catch (error) {
  if (!(error instanceof LocalFileError)) throw error;
  console.error(error.message);
  process.exit(1);
}
process.chdir(root);
process.setSourceMapsEnabled(true);
stopWithNpm();
await import('../build/server.mjs').catch((error) => {
  console.error(
    `The build in ${join(root, 'build')} is damaged (${error.message}). Delete that folder, then start again.`,
  );
  process.exit(1);
});
