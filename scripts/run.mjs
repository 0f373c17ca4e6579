import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The folder of the clone. */
export const root = resolve(import.meta.dirname, '..');

/**
 * Runs a program of node_modules/.bin, or a script by its path, with this Node.
 *
 * @param {string} program a name in node_modules/.bin, or a path ending in .mjs, relative to the clone
 * @param {string[]} args
 * @param {{ output?: 'show' | 'collect' | 'stderr', env?: NodeJS.ProcessEnv }} [options] where its output goes: to the
 *   terminal as it comes, into the result, or to the terminal's stderr so that stdout stays clean
 * @returns {Promise<{ code: number, output: string }>} the exit code (128 + signal when killed), and what was collected
 */
export function run(program, args = [], { output = 'show', env = process.env } = {}) {
  const isScript = program.endsWith('.mjs');
  const command = isScript ? process.execPath : resolve(root, 'node_modules/.bin', program);
  const stdio = {
    show: ['ignore', 'inherit', 'inherit'],
    stderr: ['ignore', 2, 2],
    collect: ['ignore', 'pipe', 'pipe'],
  }[output];
  const child = spawn(command, isScript ? [resolve(root, program), ...args] : args, {
    cwd: root,
    stdio,
    env,
  });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) =>
      done({ code: code ?? (signal === 'SIGINT' ? 130 : 143), output: text }),
    );
  });
}

/**
 * Sends this process SIGTERM when npm is told to stop. `npm start` runs us through a shell, and that shell ends on a
 * signal without handing it on: the server would go on alone, holding its port and database. Does nothing when npm
 * didn't start us.
 */
export function stopWithNpm() {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, 250);
  timer.unref();
}
