import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '#tests/support/http.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import { revokeApiKey } from '../services/api-keys.ts';
import type { Context } from '../services/context.ts';
import { moveLabel } from '../services/labels.ts';
import { updatePrompt } from '../services/prompts.ts';
import { getNextVersion } from '../services/versions/proposal.ts';
import { publishVersion } from '../services/versions/publish.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let account: TestAccount;
let context: Context;
let reader: TestClient;
let set: TestSet;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  account = await registerTestAccount(database);
  // The services of this test are the process that answers: what they move is seen at once.
  context = { ...server.context, actor: account.actor };
  reader = server.as(await createTestApiKey(account, { scopes: ['read:prompts'] }));
  set = await makeSet(context, {
    hello: textPrompt('Hello {{ name }}{% render "tone", level: tone %}', ['name', 'tone?=warm']),
    tone: textPrompt(', be {{ level }}', ['level']),
  });
  await publish('First');
});
afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

async function publish(changelog: string, number?: string): Promise<string> {
  const { checksum } = await getNextVersion(context, set.ref);
  return (await publishVersion(context, { ...set.ref, changelog, checksum, number })).number;
}
async function saveHello(template: string): Promise<void> {
  const { hello } = set.prompts;
  if (!hello) throw new Error('no prompt');
  const content = textPrompt(template, ['name', 'tone?=warm']);
  set.prompts.hello = await updatePrompt(context, { prompt_id: hello.id, revision: hello.revision, content });
}
const at = (selector: string): string => `/api/v1/prompts/by_address/${set.address}/hello${selector}`;
const versionAt = async (selector: string): Promise<string> => {
  const { body } = await reader.get(at(selector));
  return body.prompt?.version ?? body.error.reason;
};

describe('by address', () => {
  test('gives the prompt with its version, kind, parameters, config and hash', async () => {
    const { status, headers, body } = await reader.get(at('@1.0.0'));
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('private, no-cache');
    expect(body.prompt).toEqual({
      address: `${set.address}/hello@1.0.0`,
      version: '1.0.0',
      kind: 'text',
      template: 'Hello {{ name }}{% render "tone", level: tone %}',
      parameters: expect.arrayContaining([expect.objectContaining({ name: 'name' })]),
      config: {},
      sha256: set.prompts.hello?.sha256,
      notes: [],
    });
  });

  test('takes an address that is percent-encoded as a whole', async () => {
    const whole = encodeURIComponent(`${set.address}/hello@^1.0`);
    expect((await reader.get(`/api/v1/prompts/by_address/${whole}`)).body.prompt.version).toBe('1.0.0');
  });

  test('understands every kind of selector, and sees a publication and a moved label in the very next answer', async () => {
    await moveLabel(context, { ...set.ref, name: 'production', from: null, to: '1.0.0', reason: '' });
    for (const selector of [
      '',
      '@latest',
      '@1.0.0',
      '@v1.0.0',
      '@^1',
      '@1.x',
      '@1.0',
      '@~1.0.0',
      '@production',
    ]) {
      expect([selector, await versionAt(selector)]).toEqual([selector, '1.0.0']);
    }
    await saveHello('Hi {{ name }}, {{ tone }}');
    const next = await publish('Second');
    for (const selector of ['', '@latest', '@^1', '@1.x', '@>=1.0.0 <2']) {
      expect([selector, await versionAt(selector)]).toEqual([selector, next]);
    }
    expect(await versionAt('@1.0.0')).toBe('1.0.0');
    expect(await versionAt('@production')).toBe('1.0.0');
    await moveLabel(context, { ...set.ref, name: 'production', from: '1.0.0', to: next, reason: '' });
    expect(await versionAt('@production')).toBe(next);
  });

  test('says what is wrong with a range that finds nothing, and gives pre-releases only to who names one', async () => {
    const { status, body } = await reader.get(at('@^7'));
    expect([status, body.error.reason]).toEqual([404, 'version.no_match']);
    expect(body.error.message).toContain('^7');
    await saveHello('Dear {{ name }}, {{ tone }}');
    await publish('Candidate', '2.0.0-rc.1');
    expect(await versionAt('@^2.0.0-rc')).toBe('2.0.0-rc.1');
    expect(await versionAt('@^2')).toBe('version.no_match');
    expect(await versionAt('')).toMatch(/^1\./);
  });

  test('answers 304 to who has it', async () => {
    const { headers } = await reader.get(at('@1.0.0'));
    const again = await reader.get(at('@1.0.0'), { headers: { 'if-none-match': String(headers.etag) } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  test('wants the right form', async () => {
    for (const wrong of ['nothing', `${set.address}`, `${set.address}/hello@`, `${set.address}/HELLO`]) {
      const { status, body } = await reader.get(`/api/v1/prompts/by_address/${wrong}`);
      expect([wrong, status, body.error.reason]).toEqual([wrong, 400, 'address.invalid']);
    }
  });

  test('gives the draft to who may read drafts', async () => {
    expect((await reader.get(at('@draft'))).status).toBe(403);
    const drafts = server.as(await createTestApiKey(account, { scopes: ['read:drafts'] }));
    const { body } = await drafts.get(at('@draft'));
    expect(body.prompt).toMatchObject({ version: 'draft', sha256: set.prompts.hello?.sha256 });
    expect((await drafts.get(at('@1.0.0'))).status).toBe(403);
  });
});

describe('who may', () => {
  test('a stranger’s answer is that of a prompt that does not exist', async () => {
    const other = await registerTestAccount(database);
    const stranger = server.as(await createTestApiKey(other));
    const theirs = await stranger.get(at('@1.0.0'), { headers: { 'x-request-id': 'the-same-id' } });
    const missing = await reader.get('/api/v1/prompts/by_address/no/such/prompt@1.0.0', {
      headers: { 'x-request-id': 'the-same-id' },
    });
    expect(theirs.status).toBe(404);
    expect(theirs.text).toBe(missing.text);
    const sha256 = set.prompts.hello?.sha256 ?? '';
    expect((await stranger.get(`/api/v1/contents/${sha256}`)).status).toBe(404);
  });

  test('a key of one project finds nothing of another', async () => {
    const elsewhere = await makeSet(context, { hello: textPrompt('Hello') });
    const limited = server.as(
      await createTestApiKey(account, { projects: [elsewhere.address.split('/')[0] ?? ''] }),
    );
    expect((await limited.get(at('@1.0.0'))).status).toBe(404);
    expect((await limited.get(`/api/v1/contents/${set.prompts.tone?.sha256 ?? ''}`)).status).toBe(404);
  });

  test('a revoked key is refused by the process that revoked it at once, one that expired from that moment', async () => {
    const revoked = await createTestApiKey(account, { scopes: ['read:prompts'] });
    expect((await server.as(revoked).get(at('@1.0.0'))).status).toBe(200);
    await revokeApiKey(context, { api_key_id: revoked.id });
    expect((await server.as(revoked).get(at('@1.0.0'))).status).toBe(401);

    const expiring = await createTestApiKey(account, { scopes: ['read:prompts'], expiresInDays: 1 });
    expect((await server.as(expiring).get(at('@1.0.0'))).status).toBe(200);
    server.context.clock.advance({ days: 2 });
    expect((await server.as(expiring).get(at('@1.0.0'))).status).toBe(401);
  });

  test('nobody without a key, and no key that is none', async () => {
    expect((await server.as(undefined).get(at(''))).status).toBe(401);
    expect((await server.as({ token: 'ank_nonsense' }).get(at(''))).status).toBe(401);
  });
});

describe('render', () => {
  const render = (selector: string, body: unknown) =>
    reader.post(`/api/v1/render/${set.address}/hello${selector}`, body);

  test('renders with the prompts of that version, and fills in what is not given', async () => {
    const { status, body } = await render('@1.0.0', { values: { name: 'Ada' } });
    expect([status, body]).toEqual([
      200,
      { text: 'Hello Ada, be warm', config: {}, version: '1.0.0', warnings: [] },
    ]);
  });

  test('takes what curl -d sends, which calls itself a form', async () => {
    const url = `/api/v1/render/${set.address}/hello@1.0.0`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status, body } = await reader.request('POST', url, {
      body: '{"values":{"name":"Ada"}}',
      headers,
    });
    expect([status, body.text]).toEqual([200, 'Hello Ada, be warm']);
    expect((await reader.request('POST', url, { body: 'name=Ada', headers })).status).toBe(415);
  });

  test('names every missing and wrong value at its own field', async () => {
    const { status, body } = await render('@1.0.0', { values: { tone: 7 } });
    expect([status, body.error.reason]).toEqual([422, 'values.invalid']);
    expect((body.error.details as { field: string }[]).map((detail) => detail.field).sort()).toEqual([
      'values.name',
      'values.tone',
    ]);
  });

  test('takes an unknown name with a warning, and refuses it when strict', async () => {
    const values = { name: 'Ada', nmae: 'x' };
    const { status, body } = await render('@1.0.0', { values });
    expect([status, body.warnings.length]).toEqual([200, 1]);
    expect((await render('@1.0.0', { values, strict: true })).status).toBe(422);
  });

  test('refuses a body that is no such thing', async () => {
    expect((await render('@1.0.0', { value: {} })).status).toBe(422);
    expect((await render('@1.0.0', { values: [] })).status).toBe(422);
  });
});

test('a cold fetch asks the database twice, a warm one not at all', async () => {
  const counted = connect({ url: testDatabase.url });
  const other = await testApp(counted);
  try {
    const key = await createTestApiKey(account, { scopes: ['read:prompts'] });
    const query = counted.delivery.query.bind(counted.delivery);
    let queries = 0;
    counted.delivery.query = ((...input: Parameters<typeof query>) => {
      queries += 1;
      return query(...input);
    }) as typeof query;
    const client = other.as(key);
    const tone = `/api/v1/prompts/by_address/${set.address}/tone@^1`;
    expect((await client.get(tone)).status).toBe(200);
    expect(queries).toBe(2);
    expect((await client.get(tone)).status).toBe(200);
    expect(queries).toBe(2);
  } finally {
    await other.close();
    await counted.close();
  }
});

test('resolve answers each address by itself', async () => {
  const { status, body } = await reader.post('/api/v1/resolve', {
    addresses: [`${set.address}/hello@1.0.0`, `${set.address}/nobody`, 'wrong'],
  });
  expect(status).toBe(200);
  expect(
    (body.data as { version?: string; error?: { reason: string } }[]).map(
      (one) => one.version ?? one.error?.reason,
    ),
  ).toEqual(['1.0.0', 'not_found', 'address.invalid']);
});

test('a content is given by its hash for ever, but one that stands in no version only with read:drafts', async () => {
  const { tone } = set.prompts;
  const { status, headers, body } = await reader.get(`/api/v1/contents/${tone?.sha256 ?? ''}`);
  expect([status, headers['cache-control']]).toEqual([200, 'private, max-age=31536000, immutable']);
  expect(body.content).toMatchObject({ kind: 'text', template: ', be {{ level }}' });

  await saveHello('Never published {{ name }} {{ tone }}');
  const unpublished = `/api/v1/contents/${set.prompts.hello?.sha256 ?? ''}`;
  expect((await reader.get(unpublished)).status).toBe(404);
  const drafts = server.as(await createTestApiKey(account, { scopes: ['read:drafts'] }));
  expect((await drafts.get(unpublished)).status).toBe(200);
});
