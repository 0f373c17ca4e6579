import { expect, it, test } from 'vitest';
import { currentFailure, keepPageOnFailure } from './page-requests.ts';

const ORIGIN = 'https://anvil.example.com';
const REMIX = { 'X-Remix-Response': 'yes' };
const refused = (message: string) => JSON.stringify({ error: { message } });

/** Sends a request of a page, which ends only when it has a usable answer. @returns what the page says then */
async function failureAfter(answer: () => Response, method: string): Promise<string | undefined> {
  const page = { fetch: () => Promise.resolve().then(answer), location: { origin: ORIGIN } };
  keepPageOnFailure(page);
  const send = page.fetch as typeof fetch;
  const leave = new AbortController();
  const ended = send(`${ORIGIN}/o/acme.data`, { method, signal: leave.signal }).then(
    () => 'answered',
    () => 'aborted',
  );
  // Everything that is ready has happened after one turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  const message = currentFailure()?.message;
  leave.abort();
  expect(await ended).toBe(message === undefined ? 'answered' : 'aborted');
  return message;
}

it.each<[string, () => Response, string]>([
  ['a cut connection', () => { throw new TypeError('fetch failed'); }, 'Not saved: Anvil can’t be reached. Your text is kept.'],
  ['502 of a proxy', () => new Response('<h1>', { status: 502 }), 'Not saved: Anvil can’t be reached. Your text is kept.'],
  ['a network’s own page', () => new Response('<h1>'), 'Not saved: Anvil can’t be reached. Your text is kept.'],
  ['413 of a proxy', () => new Response('<h1>', { status: 413 }), 'Not saved: The request was refused with status 413. Your text is kept.'],
  ['413 of Anvil', () => new Response(refused('The body is too large.'), { status: 413 }), 'Not saved: The body is too large. Your text is kept.'],
  ['503', () => new Response('{}', { status: 503, headers: REMIX }), 'Not saved: Anvil can’t answer right now. Your text is kept.'],
  ['500', () => new Response('{}', { status: 500, headers: { ...REMIX, 'x-request-id': 'r1' } }), 'Not saved: Something went wrong. The error was logged under request ID r1. Your text is kept.'],
  ['a lost commit', () => new Response('"outcome_unknown"', { status: 503, headers: REMIX }), 'The connection to the database was lost. Check whether your change is saved. Your text is kept.'],
])('a form that is answered by %s says whether the text is saved', async (_, answer, expected) => {
  expect(await failureAfter(answer, 'POST')).toBe(expected);
}); // prettier-ignore

it.each<[string, () => Response, string]>([
  ['a cut connection', () => { throw new TypeError('fetch failed'); }, 'Anvil can’t be reached. Check your connection, then try again.'],
  ['502 of a proxy', () => new Response('<h1>', { status: 502 }), 'Anvil can’t be reached. Check your connection, then try again.'],
  ['429 of Anvil', () => new Response(refused('Too many requests.'), { status: 429 }), 'Too many requests.'],
])('a link that is answered by %s says what to do', async (_, answer, expected) => {
  expect(await failureAfter(answer, 'GET')).toBe(expected);
}); // prettier-ignore

test('a page shows every other answer, and errors of links', async () => {
  for (const status of [200, 404, 422, 500])
    expect(await failureAfter(() => new Response('{}', { status, headers: REMIX }), 'GET')).toBeUndefined();
  expect(
    await failureAfter(() => new Response('{}', { status: 422, headers: REMIX }), 'POST'),
  ).toBeUndefined();
});
