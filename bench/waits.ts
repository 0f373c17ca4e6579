import { setTimeout as sleep } from 'node:timers/promises';
import { startLiveProbe } from '../tests/support/live-probe.ts';
import { rest } from './account.ts';

/** How long others wait while one request does its most. */
export interface Wait {
  what: string;
  /** The longest wait for `/live` meanwhile, in milliseconds. */
  longest: number;
  /** The longest wait of an idle server in the same run, in milliseconds. */
  idle: number;
}

const IDLE_MS = 5_000;
const IMPORTED_ROWS = 100_000;

/** Asks `/live` all the time from a separate process, while one expensive request after the other is sent. */
export async function measureWaits(url: string, token: string, setId: string): Promise<Wait[]> {
  const probe = await startLiveProbe(url);
  const longestDuring = async (work: () => Promise<unknown>) => {
    await probe.longestWait();
    await work();
    return probe.longestWait();
  };
  try {
    const idle = await longestDuring(() => sleep(IDLE_MS));
    const waits: Wait[] = [];
    for (const [what, work] of requests(url, token, setId)) {
      waits.push({ what, longest: await longestDuring(work), idle });
    }
    return waits;
  } finally {
    probe.stop();
  }
}

/** The largest requests, and those that were found to stop others. */
function requests(url: string, token: string, setId: string): [string, () => Promise<unknown>][] {
  const post = (path: string, body: unknown) => rest(url, token, 'POST', path, body);
  const csv = (row: string) => `name,prompt\n${row.repeat(IMPORTED_ROWS)}`;
  const save = (template: string) =>
    post(`/prompt_sets/${setId}/prompts`, { name: 'Large', content: { kind: 'text', template } });
  return [
    [
      'an import of 100,000 equal names',
      () => post('/projects/bench/prompt_sets/equal/import', csv('a,Hi\n')),
    ],
    [
      'an import of 100,000 rows that fail',
      () => post('/projects/bench/prompt_sets/equal/import', csv('a,\n')),
    ],
    ['a save of 250,000 characters', () => save('Be brief. '.repeat(25_000))],
    ['a save of one cycle of 80,000 values', () => save(`{% cycle ${'1, '.repeat(80_000)}1 %}`)],
    ['8 MB at sign-in', () => send(`${url}/trpc/accounts.signIn`, `[${'{},'.repeat(2_700_000)}{}]`)],
    [
      'the next version of a set of 2,000 prompts',
      () => rest(url, token, 'GET', `/prompt_sets/${setId}/next_version`),
    ],
  ];
}

/** Whatever the answer is. */
async function send(url: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
  const response = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined);
  await response?.arrayBuffer();
}
