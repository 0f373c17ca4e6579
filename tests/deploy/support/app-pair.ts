import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import type { Host } from './network.ts';
import { until } from './until.ts';

export interface AppServer {
  host: Host;
  start(): Promise<void>;
  /** @returns its exit code, `null` when it was killed */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  log(): string;
  /** The process that runs now. */
  pid(): number | undefined;
}

/** The built server on a host, as systemd would run it there. */
export function makeAppServer(host: Host, env: Record<string, string>): AppServer {
  let child: ChildProcess | undefined;
  let output = '';
  return {
    host,
    start: async () => {
      const started = host.start(process.execPath, ['build/server.mjs'], env);
      child = started;
      for (const stream of [started.stdout, started.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
      }
      await until(`Anvil on ${host.address} being ready`, async () => {
        if (started.exitCode !== null) throw new Error(`Anvil ended:\n${output}`);
        await host.run('curl', ['-sf', '--noproxy', '*', `http://${host.address}:${env.PORT ?? ''}/ready`]);
        return true;
      });
    },
    stop: async (signal = 'SIGTERM') => {
      if (!child || child.exitCode !== null) return child?.exitCode ?? null;
      child.kill(signal);
      await once(child, 'exit');
      return child.exitCode;
    },
    log: () => output,
    pid: () => child?.pid,
  };
}
