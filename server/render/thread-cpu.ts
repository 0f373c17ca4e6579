import { openSync, readFileSync, readlinkSync, readSync } from 'node:fs';

// The processor time of one thread, in milliseconds. Linux writes it into schedstat, in nanoseconds; Node 20 has no function for it.

const NANOSECONDS = 1e6;

function parseSchedstat(text: string): number | undefined {
  const nanoseconds = Number.parseInt(text, 10);
  return Number.isFinite(nanoseconds) ? nanoseconds / NANOSECONDS : undefined;
}

export interface ThreadClock {
  /** Of the operating system, by which another thread can ask. */
  threadId: number;
  read(): number | undefined;
}

/** The clock of the thread that calls; undefined where the system has none. */
export function openThreadClock(): ThreadClock | undefined {
  try {
    // `PID/task/THREAD`
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    const file = openSync('/proc/thread-self/schedstat', 'r');
    const buffer = Buffer.alloc(64);
    const read = () => parseSchedstat(buffer.toString('latin1', 0, readSync(file, buffer, 0, 64, 0)));
    return read() === undefined ? undefined : { threadId, read };
  } catch {
    return undefined;
  }
}

/** The processor time of a thread of this process so far; undefined where the system doesn't tell it. */
export function readThreadCpu(threadId: number): number | undefined {
  try {
    return parseSchedstat(readFileSync(`/proc/self/task/${threadId}/schedstat`, 'latin1'));
  } catch {
    return undefined;
  }
}
