import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidv7 } from 'uuidv7';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { hashApiKeyToken, newApiKeyToken } from '#server/auth/api-key-token.ts';
import { getNextVersion } from '#server/services/versions/proposal.ts';
import { publishVersion } from '#server/services/versions/publish.ts';
import { createTestApiKey, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import { startBuiltServer, type RunningServer } from '#tests/support/running-server.ts';

const URLS = 200_000;
const KEYS = 20_000;
const UNKNOWN_ADDRESSES = 50_000;
const UNKNOWN_PAGES = 1_500;
const MEMORY_MAX_MIB = 512;

/** Long, so that there are as many ways to percent-encode it as URLs are needed. */
const SLUG = 'a-long-slug-with-many-letters';

let server: RunningServer;
let database: Database;
let account: TestAccount;
let set: TestSet;
const agent = new Agent({ keepAlive: true, maxSockets: 32 });

beforeAll(async () => {
  server = await startBuiltServer({ NODE_OPTIONS: '--max-old-space-size=256' });
  database = connect({ url: server.databaseUrl });
  account = await registerTestAccount(database);
  set = await makeSet(account.context, { [SLUG]: textPrompt('Hello '.repeat(200)) });
  const { checksum } = await getNextVersion(account.context, set.ref);
  await publishVersion(account.context, { ...set.ref, changelog: '', checksum });
});
afterAll(async () => {
  agent.destroy();
  await database.close();
  await server.stop();
});

interface Asked {
  path: string;
  headers: Record<string, string>;
}

/** Sends all requests, 32 at a time. @returns how often each status came back */
async function askAll(count: number, requestOf: (number: number) => Asked): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {};
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const status = await ask(requestOf(next++));
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  return statuses;
}

function ask({ path, headers }: Asked): Promise<number> {
  const { port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    request(
      { host: '127.0.0.1', port, path, agent, headers: { host: `localhost:${port}`, ...headers } },
      (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      },
    )
      .on('error', reject)
      .end();
  });
}

/** The same slug, with the letters percent-encoded that the bits of `number` select. */
function spelling(number: number): string {
  const encode = (letter: string) => `%${letter.charCodeAt(0).toString(16)}`;
  return [...SLUG].map((letter, at) => (number & (1 << at) ? encode(letter) : letter)).join('');
}

/** The largest resident memory of the process so far, in MiB. */
async function peakMemory(): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

/** Adds keys to the account, as fast as SQL can. @returns their tokens */
async function plantKeys(count: number): Promise<string[]> {
  const tokens = Array.from({ length: count }, newApiKeyToken);
  const rows = tokens.map((token) => [uuidv7(), hashApiKeyToken(token)]);
  await acrossOrganisations(database, 'plants the keys of a test', async () => {
    await currentTransaction().raw(
      `insert into api_keys (organisation_id, id, name, token_sha256, token_start, scopes, limited_to_projects, author_kind, author_id)
       select ?, (row->>0)::uuid, 'planted', row->>1, 'ank_', '{read:prompts}', false, 'user', ?
       from jsonb_array_elements(?::jsonb) row`,
      [account.organisationId, account.actor.userId, JSON.stringify(rows)],
    );
  });
  return tokens;
}

test('200,000 URLs, 20,000 keys, 50,000 unknown addresses and many unknown pages stay inside 512 MiB', async () => {
  const { token } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  const authorization = `Bearer ${token}`;
  const base = '/api/v1/prompts/by_address/';
  const memory: Record<string, number> = { start: await peakMemory() };

  const byUrl = await askAll(URLS, (number) => ({
    path: `${base}${set.address}/${spelling(number)}`,
    headers: { authorization },
  }));
  memory.urls = await peakMemory();
  expect(byUrl).toEqual({ 200: URLS });

  const tokens = await plantKeys(KEYS);
  const byKey = await askAll(KEYS, (number) => ({
    path: `${base}${set.address}/${SLUG}`,
    headers: { authorization: `Bearer ${tokens[number] ?? ''}` },
  }));
  memory.keys = await peakMemory();
  expect(byKey).toEqual({ 200: KEYS });

  const unknown = await askAll(UNKNOWN_ADDRESSES, (number) => ({
    path: `${base}no/such/prompt-${number}`,
    headers: { authorization },
  }));
  memory.addresses = await peakMemory();
  expect(unknown).toEqual({ 404: UNKNOWN_ADDRESSES });

  const pages = await askAll(UNKNOWN_PAGES, (number) => ({
    path: `/no-such-page-${number}`,
    headers: { accept: 'text/html' },
  }));
  memory.pages = await peakMemory();
  expect(pages).toEqual({ 404: UNKNOWN_PAGES });

  console.info('Peak memory in MiB:', memory);
  expect(memory.pages).toBeLessThan(MEMORY_MAX_MIB);
});
