import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '#tests/support/free-port.ts';
import { ROOT, sh, type ShellResult } from './shell.ts';

const BUNDLE = join(ROOT, 'build/server.mjs');

/** A whole environment for the bundle, of nothing but this and what is given. */
function environment(given: Record<string, string>): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH ?? '',
    NODE_ENV: 'test',
    SECRET_KEY_BASE: 'only for tests, in a process that ends with them. '.repeat(2),
    SESSION_SIGNING_SALT: 'a salt for tests only, to sign by',
    SESSION_ENCRYPTION_SALT: 'a salt for tests only, to encrypt by',
    DRAIN_SECONDS: '0',
    LOG_LEVEL: 'warn',
    ...given,
  };
}

/** Runs one command of the built `anvil-server` to its end. */
export function anvilServer(
  args: readonly string[],
  env: Record<string, string>,
  input?: string,
): Promise<ShellResult> {
  const pairs = Object.entries(environment(env)).map(([name, value]) => `${name}=${value ?? ''}`);
  return sh('env', ['-i', ...pairs, process.execPath, BUNDLE, ...args], input === undefined ? {} : { input });
}

/** Like {@link anvilServer}, for a command that prints bytes. @throws when it doesn't exit with 0 */
export async function anvilServerBytes(
  args: readonly string[],
  env: Record<string, string>,
): Promise<Buffer> {
  const run = promisify(execFile);
  const options = { env: environment(env), encoding: 'buffer', maxBuffer: 1e9 } as const;
  const { stdout } = await run(process.execPath, [BUNDLE, ...args], options);
  return stdout;
}

export interface RunningBundle {
  /** `http://127.0.0.1:PORT` */
  url: string;
  log(): string;
  /** Ends it by SIGTERM. */
  stop(): Promise<void>;
}

/** Starts the built server on PORT or a free port of loopback and waits until it is ready. @throws with its output otherwise */
export async function startBundle(env: Record<string, string>): Promise<RunningBundle> {
  const port = Number(env.PORT ?? (await freePort()));
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [BUNDLE], {
    env: environment({ HOST: '127.0.0.1', PORT: String(port), APP_URL: url, ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  for (let attempt = 0; ; attempt += 1) {
    const answer = await fetch(`${url}/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) break;
    if (child.exitCode !== null || attempt > 2_400) {
      child.kill('SIGKILL');
      throw new Error(`The server did not start:\n${output}`);
    }
    await sleep(100);
  }
  return {
    url,
    log: () => output,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
    },
  };
}
