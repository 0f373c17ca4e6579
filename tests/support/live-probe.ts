import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LiveProbe {
  /** The longest wait for `/live` since the last call, in milliseconds, requests that still wait included. */
  longestWait(): Promise<number>;
  stop(): void;
}

/** Asks `/live` all the time from a separate process, so that the waits of the test itself don't count. */
export async function startLiveProbe(url: string): Promise<LiveProbe> {
  const child: ChildProcess = fork(import.meta.filename, [url], { execArgv: ['--import', 'tsx'] });
  await once(child, 'message');
  return {
    async longestWait() {
      const answer = once(child, 'message') as Promise<[number]>;
      child.send('read');
      return (await answer)[0];
    },
    stop: () => void child.kill(),
  };
}

async function probe(url: string): Promise<void> {
  let longest = 0;
  let since = performance.now();
  process.on('message', () => {
    process.send?.(Math.round(Math.max(longest, performance.now() - since)));
    longest = 0;
  });
  process.send?.('ready');
  for (;;) {
    since = performance.now();
    await new Promise<void>((resolve) => {
      get(`${url}/live`, (response) => response.resume().on('end', resolve)).on('error', () => resolve());
    });
    longest = Math.max(longest, performance.now() - since);
    since = performance.now();
    await sleep(10);
    // The pause isn't a wait.
    since = performance.now();
  }
}

if (process.argv[1] === import.meta.filename && process.argv[2]) await probe(process.argv[2]);
