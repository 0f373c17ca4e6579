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
  /** Starts the server again after `kill()`, on the same port and database. */
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the built server on a database of its own, and waits until it is ready. */
export async function startBuiltServer(env: Record<string, string> = {}): Promise<RunningServer> {
  const database = await createTestDatabase();
  const start = async (port: Record<string, string> = {}) => {
    const started = await startServerProcess('build/server.mjs', {
      DATABASE_URL: database.url,
      LOG_LEVEL: 'warn',
      TRUSTED_PROXIES: '127.0.0.1',
      ...env,
      ...port,
    });
    await started.ready();
    return started;
  };
  const first = await start();
  let latest = first;
  return {
    url: first.url,
    pid: first.child.pid ?? 0,
    databaseUrl: database.url,
    exited: first.exited,
    log: () => latest.log(),
    kill: async () => {
      latest.child.kill('SIGKILL');
      await latest.exited;
    },
    startAgain: async () => {
      latest = await start({ PORT: String(first.port) });
    },
    stop: async () => {
      await latest.stop();
      await database.drop();
    },
  };
}
