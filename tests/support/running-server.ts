import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from './database.ts';

export interface RunningServer {
  /** `http://localhost:PORT` */
  url: string;
  pid: number;
  /** `postgres://…` of its database. */
  databaseUrl: string;
  /** The exit code, once the process has ended. */
  exited: Promise<number | null>;
  /** What the server wrote, for a failed test. */
  log(): string;
  /** Ends the process at once, as a machine that loses its power. `stop()` is still needed. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** The built server as a process of its own, on a database of its own: what people run. */
export async function startBuiltServer(env: Record<string, string> = {}): Promise<RunningServer> {
  const database = await createTestDatabase();
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const child = spawn(process.execPath, ['build/server.mjs'], {
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      APP_URL: url,
      DATABASE_URL: database.url,
      SECRET_KEY_BASE: 'only for tests, in a process that ends with them. '.repeat(2),
      SESSION_SIGNING_SALT: 'a salt for tests only, to sign by',
      SESSION_ENCRYPTION_SALT: 'a salt for tests only, to encrypt by',
      DRAIN_SECONDS: '0',
      LOG_LEVEL: 'warn',
      TRUSTED_PROXIES: '127.0.0.1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  for (let attempt = 0; ; attempt++) {
    if (child.exitCode !== null || attempt > 600) throw new Error(`The server did not start:\n${output}`);
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    if (answer?.ok) break;
    await sleep(100);
  }
  return {
    url,
    pid: child.pid ?? 0,
    databaseUrl: database.url,
    exited,
    log: () => output,
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await database.drop();
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
