import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { LocalFileError, localEnvironment } from './local-env.mjs';
import { root, stopWithNpm } from './run.mjs';

// `npm run dev`: the server from its sources, started again when one of them changes; pages are reloaded by Vite, which
// the server loads in development.

const env = readEnvironment();
const tsx = resolve(root, 'node_modules/tsx/dist/cli.mjs');
const child = spawn(
  process.execPath,
  [tsx, 'watch', '--clear-screen=false', 'server/cli.ts', ...process.argv.slice(2)],
  {
    cwd: root,
    env,
    stdio: 'inherit',
  },
);

// Ctrl-C in a terminal reaches the child by itself; a signal sent to this process alone does not.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
stopWithNpm();
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});

function readEnvironment() {
  try {
    return localEnvironment(root, { NODE_ENV: 'development', ...process.env });
  } catch (error) {
    if (!(error instanceof LocalFileError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
