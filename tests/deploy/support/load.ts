import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Host } from './network.ts';

export interface LoadKind {
  name: string;
  method?: 'GET' | 'POST';
  path: string;
  /** `@id@` in it is another one in each request. */
  body?: string;
  headers?: Record<string, string>;
  /** Whether each request carries an Idempotency-Key of its own. */
  idempotent?: boolean;
  connections: number;
  /** Between an answer and the next request of the same connection. */
  pauseMs: number;
}

export interface LoadInput {
  /** Where the balancer is. */
  host: string;
  /** The domain that its certificate is for. */
  name: string;
  /** A file with the authority that signed it. */
  ca: string;
  token: string;
  kinds: readonly LoadKind[];
}

export interface LoadCount {
  sent: number;
  /** What was not answered by a 2xx, each with what came instead. */
  lost: string[];
  /** The ids of the POSTs that were acknowledged. */
  done: string[];
}

/** Puts load on from a host until it is stopped. @returns the function that stops it and gives what came of it, by kind */
export function startLoad(from: Host, input: LoadInput): () => Promise<Record<string, LoadCount>> {
  const child = from.start(process.execPath, ['tests/deploy/support/load.mjs', JSON.stringify(input)], {});
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('A load without output');
  const output = text(stdout);
  const complaints = text(stderr);
  return async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    const counted = await output;
    if (!counted) throw new Error(`The load ended without a result:\n${await complaints}`);
    return JSON.parse(counted) as Record<string, LoadCount>;
  };
}
