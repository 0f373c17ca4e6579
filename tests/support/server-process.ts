import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

export interface ServerProcess {
  /** `http://localhost:PORT` */
  url: string;
  port: number;
  child: ChildProcess;
  /** Its output, of stdout and stderr. */
  log(): string;
  /** The exit code; null when a signal ended it. */
  exited: Promise<number | null>;
  /** The status of a GET, or undefined while the port is closed. */
  status(path: string): Promise<number | undefined>;
  /** Resolves when `/ready` is 200. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

const secret = (seed: string) => `${seed}0123456789abcdef`.repeat(8).slice(0, 64);

/**
 * Starts Anvil as operators do, and doesn't wait for it.
 *
 * @param script `build/server.mjs` or `scripts/start.mjs`
 * @param env replaces the port and the secrets that are set here
 */
export async function startServerProcess(
  script: string,
  env: Record<string, string | undefined> = {},
  nodeOptions: readonly string[] = [],
): Promise<ServerProcess> {
  const port = Number(env.PORT ?? (await freePort()));
  const url = `http://localhost:${port}`;
  const child = spawn(process.execPath, [...nodeOptions, script], {
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      APP_URL: url,
      SECRET_KEY_BASE: secret('a'),
      SESSION_SIGNING_SALT: secret('b'),
      SESSION_ENCRYPTION_SALT: secret('c'),
      DRAIN_SECONDS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const status = (path: string) =>
    fetch(url + path, { headers: { connection: 'close' } }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => undefined,
    );
  return {
    ...{ url, port, child, exited },
    log: () => output,
    status,
    ready: async () => {
      while ((await status('/ready')) !== 200) {
        if (child.exitCode !== null) throw new Error(`The server did not start:\n${output}`);
        await sleep(50);
      }
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}
