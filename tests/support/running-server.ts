import { once } from 'node:events';
import { createTestDatabase } from './database.ts';
import { startServerProcess } from './server-process.ts';

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

/** Starts the built server on a database of its own, and waits until it is ready. */
export async function startBuiltServer(env: Record<string, string> = {}): Promise<RunningServer> {
  const database = await createTestDatabase();
  const { url, child, exited, log, ready, stop } = await startServerProcess('build/server.mjs', {
    DATABASE_URL: database.url,
    LOG_LEVEL: 'warn',
    TRUSTED_PROXIES: '127.0.0.1',
    ...env,
  });
  await ready();
  return {
    ...{ url, exited, log },
    pid: child.pid ?? 0,
    databaseUrl: database.url,
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    stop: async () => {
      await stop();
      await database.drop();
    },
  };
}
