import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
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
const CACHE_MAX_BYTES = 20_000;
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
  server = await testApp(database, { cacheMaxBytes: CACHE_MAX_BYTES });
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
  /** Whether the framework answered: it writes a line into the log. */
  tookSlowPath: boolean;
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
    tookSlowPath: server.logged.slice(lines).some(({ msg }) => msg === 'request'),
  };
}

/** The same slug, with the letters percent-encoded that the bits of `number` select. */
function spelling(slug: string, number: number): string {
  const encode = (letter: string) => `%${letter.charCodeAt(0).toString(16)}`;
  return [...slug].map((letter, at) => (number & (1 << at) ? encode(letter) : letter)).join('');
}

const version = ({ body }: Answered) =>
  (JSON.parse(body.toString()) as { prompt: { version: string; template: string } }).prompt;

test('the fast path sends the same status, headers and bytes as the slow path', async () => {
  const { token } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  const first = await ask(token, '@^1');
  const etag = first.headers.find(([name]) => name === 'etag')?.[1] ?? '';
  const gzipped = await ask(token, '@^1', { 'accept-encoding': 'gzip' });
  const gzipETag = gzipped.headers.find(([name]) => name === 'etag')?.[1] ?? '';
  expect(gzipETag).not.toBe(etag);
  const asked: Record<string, string>[] = [
    {},
    { 'accept-encoding': 'br, gzip' },
    { 'accept-encoding': 'gzip;q=0' },
    { 'if-none-match': etag },
    { 'if-none-match': `W/${etag}` },
    { 'if-none-match': `"other", W/${gzipETag}`, 'accept-encoding': 'gzip' },
    { 'if-none-match': '*' },
    { 'if-none-match': '"other"' },
  ];
  for (const [number, headers] of asked.entries()) {
    // A spelling of the address that is new, so the framework answers it.
    const slow = await ask(token, '@^1', headers, spelling('hello', number + 1));
    const fast = await ask(token, '@^1', headers);
    expect([slow.tookSlowPath, fast.tookSlowPath]).toEqual([true, false]);
    expect({ ...fast, tookSlowPath: true }).toEqual(slow);
  }
  expect(version(await ask(token, '@^1')).template).toBe(TEXT);
  expect((await ask(token, '@^1', { 'if-none-match': etag })).status).toBe(304);
});

test('a publication and a moved label are seen by the next request for a cached response', async () => {
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

test('a revoked key, a malformed key and a key without the scope are refused for a cached response', async () => {
  const { token, id } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  await ask(token, '@1.0.0');
  expect((await ask(token, '@1.0.0')).tookSlowPath).toBe(false);
  expect((await ask(`${token}x`, '@1.0.0')).status).toBe(401);
  const { token: unfit } = await createTestApiKey(account, { scopes: ['write:prompts'] });
  expect((await ask(unfit, '@1.0.0')).status).toBe(403);
  await revokeApiKey(context, { organisation: account.organisationSlug, api_key_id: id });
  expect((await ask(token, '@1.0.0')).status).toBe(401);
});

test('a key that has expired is refused for a cached response', async () => {
  const { token } = await createTestApiKey(account, { scopes: ['read:prompts'], expiresInDays: 1 });
  await ask(token, '@1.0.0');
  expect((await ask(token, '@1.0.0')).status).toBe(200);
  server.context.clock.advance({ days: 2 });
  expect((await ask(token, '@1.0.0')).status).toBe(401);
});

test('a prompt that was evicted is read again', async () => {
  const { token } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  await ask(token, '@1.0.0');
  expect((await ask(token, '@1.0.0')).tookSlowPath).toBe(false);
  await ask(token, '@1.0.0', {}, 'other');
  expect((await ask(token, '@1.0.0')).tookSlowPath).toBe(true);
});

test('a key limited to other projects gets 404 for a response that is cached for its organisation', async () => {
  const { token } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  await ask(token, '@1.0.0');
  expect((await ask(token, '@1.0.0')).tookSlowPath).toBe(false);
  const elsewhere = await makeSet(context, { hello: textPrompt('Hello') });
  const limited = await createTestApiKey(account, { projects: [elsewhere.address.split('/')[0] ?? ''] });
  expect((await ask(limited.token, '@1.0.0')).status).toBe(404);
});

test('a Bearer scheme in lower case takes the fast path too', async () => {
  const { token } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  await ask(token, '@1.0.0');
  const answer = await ask(token, '@1.0.0', { authorization: `bearer ${token}` });
  expect([answer.status, answer.tookSlowPath]).toEqual([200, false]);
});

test('while draining, every response tells the client to close the connection', async () => {
  const { token } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  await ask(token, '@1.0.0');
  server.lifecycle.phase = 'draining';
  const answer = await ask(token, '@1.0.0');
  server.lifecycle.phase = 'ready';
  expect(answer.headers).toContainEqual(['connection', 'close']);
});
