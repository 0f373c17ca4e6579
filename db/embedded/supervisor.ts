import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from './server.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 15_000;
/** A server that ran this long starts with the first delay again. */
const STABLE_AFTER_MS = 60_000;

/** Why the server doesn't run. */
export interface Stop {
  reason: 'disk_full' | 'stopped';
  /** Says what happened and what to do, for the log. */
  message: string;
}

export interface SupervisorInput {
  /** Runs already. */
  server: Server;
  /** Starts the next one, on the same cluster and address. Rejects when it can't. */
  launch: () => Promise<Server>;
  /** @param cause how a server ended that ran ("signal SIGKILL"), or the error of `launch` */
  explain: (cause: unknown) => Promise<Stop>;
  /** Called once for each stop and each failed attempt. */
  onStop: (stop: Stop, retryInMs: number) => void;
  onRecovery: () => void;
  /** Tests drive them. */
  delay?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  now?: () => number;
}

export interface Supervisor {
  server(): Server;
  /** undefined while the server runs */
  stopped(): Stop | undefined;
  /** Resolves after `stop()`. */
  ended: Promise<void>;
  /** Stops the server, or the attempts to start it. */
  stop(): Promise<void>;
}

/**
 * Starts the server again whenever it stops by itself, after a delay that grows with each attempt. Its address stays the
 * same, so that pools connect to the next one.
 */
export function supervise(input: SupervisorInput): Supervisor {
  const { launch, explain, onStop, onRecovery, delay = pause, now = () => performance.now() } = input;
  const stopping = new AbortController();
  const { signal } = stopping;
  let { server } = input;
  let stopped: Stop | undefined;
  let delayMs = FIRST_DELAY_MS;

  /** Waits, then starts the server; repeats that until it runs or is to be stopped. */
  const restart = async (first: Stop): Promise<void> => {
    for (stopped = first; ;) {
      onStop(stopped, delayMs);
      await delay(delayMs, signal);
      if (signal.aborted) return;
      delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
      try {
        server = await launch();
        stopped = undefined;
        if (signal.aborted) return await server.stop();
        return onRecovery();
      } catch (error) {
        stopped = await explain(error);
      }
    }
  };

  const ended = (async () => {
    for (let startedAt = now(); ; startedAt = now()) {
      const cause = await server.exited;
      if (now() - startedAt >= STABLE_AFTER_MS) delayMs = FIRST_DELAY_MS;
      if (!signal.aborted) await restart(await explain(cause));
      if (signal.aborted) return;
    }
  })();

  return {
    server: () => server,
    stopped: () => stopped,
    ended,
    stop: async () => {
      stopping.abort();
      await server.stop();
      await ended;
    },
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}
