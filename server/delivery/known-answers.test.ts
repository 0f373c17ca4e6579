import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import { revokeApiKey } from '../services/api-keys.ts';
import type { Context } from '../services/context.ts';
import { moveLabel } from '../services/labels.ts';
import { updatePrompt } from '../services/prompts.ts';
import { getNextVersion } from '../services/versions/proposal.ts';
import { publishVersion } from '../services/versions/publish.ts';

/** Room for one of the prompts, not for both. */
const ANSWERS_MAX_BYTES = 10_000;
const TEXT = 'Grüße, {{ name }} 🔨. '.repeat(100);

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let account: TestAccount;
let context: Context;
let set: TestSet;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database, { answersMaxBytes: ANSWERS_MAX_BYTES });
  account = await registerTestAccount(database);
  context = { ...server.context, actor: account.actor };
  // Long enough to be worth compressing.
  const prompt = textPrompt(TEXT, ['name']);
  set = await makeSet(context, { hello: prompt, other: prompt });
  await publish('1.0.0');
  await server.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

async function publish(number: string): Promise<void> {
  const { checksum } = await getNextVersion(context, set.ref);
  await publishVersion(context, { ...set.ref, changelog: '', checksum, number });
}

interface Answered {
  status: number;
  /** In the order of their names, without what differs in every answer. */
  headers: [string, string][];
  body: Buffer;
  /** Whether the framework saw it: it writes a line into the log. */
  wasLong: boolean;
}

async function ask(
  token: string,
  selector: string,
  headers: Record<string, string> = {},
  slug = 'hello',
): Promise<Answered> {
  const lines = server.logged.length;
  const { port } = server.app.server.address() as AddressInfo;
  const sent = request({
    ...{ host: '127.0.0.1', port, path: `/api/v1/prompts/by_address/${set.address}/${slug}${selector}` },
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const body = await buffer(answer);
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  const named = Object.entries(answer.headers as Record<string, string>);
  return {
    status: answer.statusCode ?? 0,
    headers: named.filter(([name]) => name !== 'date' && name !== 'x-request-id').sort(),
    body,
    wasLong: server.logged.slice(lines).some(({ msg }) => msg === 'request'),
  };
}

const version = ({ body }: Answered) =>
  (JSON.parse(body.toString()) as { prompt: { version: string; template: string } }).prompt;

test('the second answer to the same URL goes the short way, with the same status, headers and bytes', async () => {
  const { token } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  const first = await ask(token, '@^1');
  const etag = first.headers.find(([name]) => name === 'etag')?.[1] ?? '';
  const asked: Record<string, string>[] = [{}, { 'accept-encoding': 'br, gzip' }, { 'if-none-match': etag }];
  for (const headers of asked) {
    // This key has fetched nothing yet, so that the framework answers it.
    const { token: another } = await createTestApiKey(account, { scopes: ['read:prompts'] });
    const long = await ask(another, '@^1', headers);
    const short = await ask(token, '@^1', headers);
    expect([long.wasLong, short.wasLong]).toEqual([true, false]);
    expect({ ...short, wasLong: true }).toEqual(long);
  }
  expect(version(await ask(token, '@^1')).template).toBe(TEXT);
  expect((await ask(token, '@^1', { 'if-none-match': etag })).status).toBe(304);
});

test('what was known is asked for again after a publication and a moved label', async () => {
  const { token } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  await moveLabel(context, { ...set.ref, name: 'staging', from: null, to: '1.0.0', reason: '' });
  for (const selector of ['@latest', '@staging']) {
    await ask(token, selector);
    expect(version(await ask(token, selector))).toMatchObject({ version: '1.0.0' });
  }
  set = { ...set, ...(await changed()) };
  await publish('1.1.0');
  expect(version(await ask(token, '@latest'))).toMatchObject({ version: '1.1.0' });
  expect(version(await ask(token, '@staging'))).toMatchObject({ version: '1.0.0' });
  await moveLabel(context, { ...set.ref, name: 'staging', from: '1.0.0', to: '1.1.0', reason: '' });
  expect(version(await ask(token, '@staging'))).toMatchObject({ version: '1.1.0' });
});

async function changed(): Promise<Partial<TestSet>> {
  const { hello } = set.prompts;
  if (!hello) throw new Error('no prompt');
  const content = textPrompt('Hi {{ name }}', ['name']);
  const saved = await updatePrompt(context, { prompt_id: hello.id, revision: hello.revision, content });
  return { prompts: { ...set.prompts, hello: saved } };
}

test('a revoked key, another key and a wrong one are not answered from what is known', async () => {
  const { token, id } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  await ask(token, '@1.0.0');
  expect((await ask(token, '@1.0.0')).wasLong).toBe(false);
  expect((await ask(`${token}x`, '@1.0.0')).status).toBe(401);
  const { token: unfit } = await createTestApiKey(account, { scopes: ['write:prompts'] });
  expect((await ask(unfit, '@1.0.0')).status).toBe(403);
  await revokeApiKey(context, { organisation: account.organisationSlug, api_key_id: id });
  expect((await ask(token, '@1.0.0')).status).toBe(401);
});

test('a key that expires stops, also by URLs that are known', async () => {
  const { token } = await createTestApiKey(account, { scopes: ['read:prompts'], expiresInDays: 1 });
  await ask(token, '@1.0.0');
  expect((await ask(token, '@1.0.0')).status).toBe(200);
  server.context.clock.advance({ days: 2 });
  expect((await ask(token, '@1.0.0')).status).toBe(401);
});

test('an answer that had to make room for another is not held by its URL', async () => {
  const { token } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  await ask(token, '@1.0.0');
  expect((await ask(token, '@1.0.0')).wasLong).toBe(false);
  await ask(token, '@1.0.0', {}, 'other');
  await collectGarbage();
  expect((await ask(token, '@1.0.0')).wasLong).toBe(true);
});

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  // A weak reference that was looked at holds until the turn of the loop is over.
  await sleep(10);
  (runInNewContext('gc') as () => void)();
}

test('while draining every answer tells the client to leave', async () => {
  const { token } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  await ask(token, '@1.0.0');
  server.lifecycle.phase = 'draining';
  const answer = await ask(token, '@1.0.0');
  server.lifecycle.phase = 'ready';
  expect(answer.headers).toContainEqual(['connection', 'close']);
});
