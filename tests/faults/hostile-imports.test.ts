import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestApiKey, createTestProject, registerTestAccount } from '#tests/support/factories.ts';
import { startLiveProbe, type LiveProbe } from '#tests/support/live-probe.ts';
import { processTime } from '#tests/support/process-time.ts';
import { startBuiltServer, type RunningServer } from '#tests/support/running-server.ts';

// Imports that cost much or never end, in a small heap, while /live is asked all the time.

let server: RunningServer;
let database: Database;
let probe: LiveProbe;
let token: string;

beforeAll(async () => {
  server = await startBuiltServer({ NODE_OPTIONS: '--max-old-space-size=256', LOG_LEVEL: 'warn' });
  database = connect({ url: server.databaseUrl });
  const account = await registerTestAccount(database);
  await createTestProject(account, 'Support');
  ({ token } = await createTestApiKey(account));
  probe = await startLiveProbe(server.url);
});
afterAll(async () => {
  probe.stop();
  await database.close();
  await server.stop();
});

const url = (set: string) => `${server.url}/api/v1/projects/support/prompt_sets/${set}/import`;
const headers = () => ({ authorization: `Bearer ${token}`, 'content-type': 'text/csv' });

/** Imports a file and prints what it cost. @returns processor time in milliseconds, and the last line */
async function importFile(set: string, what: string, body: string) {
  await probe.longestWait();
  const before = await processTime(server.pid);
  const response = await fetch(url(set), { method: 'POST', headers: headers(), body });
  const lines = (await response.text()).trimEnd().split('\n');
  const ms = (await processTime(server.pid)) - before;
  console.log(`${what}: ${ms} ms, /live waited ${await probe.longestWait()} ms`);
  const last = JSON.parse(lines.at(-1) ?? '') as { type?: string; error?: { reason: string } };
  return { ms, status: response.status, last };
}

const rows = (count: number, row: string) => `name,prompt\n${row.repeat(count)}`;

it('of equal names costs in proportion to its rows', async () => {
  // Rows without a prompt are only read, which is where the names are numbered.
  const half = await importFile('numbered', '50,000 equal names, not written', rows(50_000, 'a,\n'));
  const whole = await importFile('numbered', '100,000 equal names, not written', rows(100_000, 'a,\n'));
  expect(whole.last).toMatchObject({ type: 'report', rows: 100_000, failed: 100_000 });
  expect(whole.ms).toBeLessThan(3 * half.ms);
});

it('of 100,000 equal names is written whole', { timeout: 900_000 }, async () => {
  const { last } = await importFile('written', '100,000 equal names, written', rows(100_000, 'a,Hi\n'));
  expect(last).toMatchObject({ type: 'report', rows: 100_000, created: 100_000 });
});

it.each([
  ['one field of 60 MB', `name,prompt\na,"${'x'.repeat(60e6)}"\n`],
  ['30 million escaped quotes', `name,prompt\na,"${'""'.repeat(30e6)}"\n`],
  ['30 million columns', `name,prompt\n${','.repeat(30e6)}\n`],
  ['30 million columns in its first line', `${'a,'.repeat(30e6)}\n`],
  ['60 million empty lines', `name,prompt\n${'\n'.repeat(60e6)}`],
  ['unbalanced quotes', `name,prompt\n${'"a"b,"\n'.repeat(8e6)}`],
  ['120 prompts of 500 kB', rows(120, `a,${'x'.repeat(250_000)}${'é'.repeat(10_000)}\n`)],
])('of %s leaves the process alive', async (what, file) => {
  const { status } = await importFile('odd', what, file);
  expect(status).toBeLessThan(500);
  expect((await fetch(`${server.url}/live`)).status).toBe(200);
});

it('that trickles ends with an error when the server stops, which exits with 0 before its hard deadline', async () => {
  const upload = request(url('trickle'), {
    method: 'POST',
    headers: { ...headers(), 'transfer-encoding': 'chunked', expect: '100-continue' },
  });
  upload.on('error', () => undefined);
  await once(upload, 'continue');
  upload.write(rows(60, 'a,Hi\n'));
  const trickle = setInterval(() => upload.write('b,Hi\n'), 100);
  const response = once(upload, 'response') as Promise<[IncomingMessage]>;
  process.kill(server.pid, 'SIGTERM');
  const received = JSON.parse(await text((await response)[0])) as object;
  clearInterval(trickle);
  expect(received).toMatchObject({ error: { reason: 'import.interrupted' } });
  expect(await server.exited).toBe(0);
  expect(server.log()).not.toContain('ending anyway');
});
