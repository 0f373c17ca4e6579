import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Servers run on the first core, the load comes from the second: on one core each would be measured as the other. */
const SERVER_CPU = '0';
const CLIENT_CPU = '1';

export interface RunningServer {
  url: string;
  pid: number;
  /** Resident memory in MB. */
  memory(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts a Node program on the servers' core and waits until `path` answers.
 *
 * @param args behind `node`
 */
export async function startServer(
  args: string[],
  path: string,
  env: Record<string, string>,
): Promise<RunningServer> {
  const child = spawn('taskset', ['-c', SERVER_CPU, process.execPath, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${env.PORT ?? ''}`;
  await waitUntilUp(child, url + path);
  const pid = child.pid ?? 0;
  return {
    url,
    pid,
    memory: async () => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    },
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function waitUntilUp(child: ChildProcess, url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`The server stopped with ${child.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error(`Nothing answers at ${url}`);
}

export interface Load {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  connections?: number;
  seconds?: number;
  /** Paths to ask for one after the other, each once, instead of `url` for `seconds`. */
  paths?: string[];
}
export interface Measured {
  /** Answers a second. */
  rate: number;
  p50: number;
  p99: number;
  /** Answers that were no 2xx, and requests without an answer. */
  failed: number;
}

/** Puts load on a server from the clients' core, in a process of its own. */
export async function putLoad(load: Load): Promise<Measured> {
  const client = spawn(
    'taskset',
    ['-c', CLIENT_CPU, process.execPath, '--import', 'tsx', 'bench/client.ts'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  client.stdin.end(JSON.stringify(load));
  let output = '';
  for await (const chunk of client.stdout) output += String(chunk);
  return JSON.parse(output) as Measured;
}
