import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '#tests/support/http.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let account: TestAccount;
let client: TestClient;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  account = await registerTestAccount(database);
  client = server.as(await createTestApiKey(account));
});

afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

const CONTENT = {
  kind: 'text',
  template: 'Hello {{ name }}',
  parameters: [{ name: 'name', type: 'string', required: true }],
};
let made = 0;

function pluck(list: Record<string, unknown>[], name: string): unknown[] {
  return list.map((one) => one[name]);
}

async function makeSet(): Promise<{ project: string; set: string; url: string }> {
  made += 1;
  const project = await client.post('/api/v1/projects', { name: `Project ${made}` });
  const set = await client.post(`/api/v1/projects/${project.body.project.id}/prompt_sets`, {
    name: 'Emails',
  });
  expect(set.status).toBe(201);
  return {
    project: project.body.project.slug,
    set: set.body.prompt_set.id,
    url: `/api/v1/prompt_sets/${set.body.prompt_set.id}`,
  };
}

async function makePrompt(url: string, name = 'Welcome') {
  const made = await client.post(`${url}/prompts`, { name, content: CONTENT });
  expect(made.status).toBe(201);
  return made;
}

async function publish(url: string) {
  const next = await client.get(`${url}/next_version`);
  expect(next.status).toBe(200);
  const { checksum } = next.body.next_version;
  return client.post(`${url}/versions`, { checksum });
}

describe('the whole way', () => {
  it('from project to published version, labels and back, each answer in its envelope', async () => {
    const { url, project } = await makeSet();
    const prompt = await makePrompt(url);
    expect(prompt.headers.etag).toBe('"1"');
    expect(prompt.headers.location).toBe(`/api/v1/prompts/${prompt.body.prompt.id}`);

    const version = await publish(url);
    expect(version.status).toBe(201);
    expect(version.body.version).toMatchObject({ number: '1.0.0', address: `${project}/emails@1.0.0` });
    expect(version.headers.location).toBe(`${url}/versions/1.0.0`);

    const detail = await client.get(`${url}/versions/1.0.0`);
    expect(detail.body.version.prompt_count).toBe(1);
    const prompts = await client.get(`${url}/versions/1.0.0/prompts`);
    const [{ slug }] = prompts.body.data;
    const published = await client.get(`${url}/versions/1.0.0/prompts/${slug}`);
    expect(published.body.prompt.content.template).toBe('Hello {{ name }}');

    const label = await client.request('PUT', `${url}/labels/production`, {
      body: { from: null, to: '1.0.0', reason: 'first' },
    });
    expect([label.status, label.body.label.version, label.headers.etag]).toEqual([200, '1.0.0', '"1.0.0"']);

    const labels = await client.get(`${url}/labels`);
    expect(pluck(labels.body.data, 'name').sort()).toEqual(['latest', 'production']);
    const removed = await client.request('DELETE', `${url}/labels/production`, {
      headers: { 'if-match': '"1.0.0"' },
    });
    expect([removed.status, removed.text]).toEqual([204, '']);
    const history = await client.get(`${url}/labels/production/history`);
    expect(pluck(history.body.data, 'to')).toEqual([null, '1.0.0']);
    expect(history.body.meta).toEqual({ cursor: null, has_more: false });
  });

  it('pages through a list by the cursor, each thing once', async () => {
    const { url } = await makeSet();
    for (const name of ['A', 'B', 'C']) await makePrompt(url, name);
    const first = await client.get(`${url}/prompts?limit=2`);
    expect(first.body.meta.has_more).toBe(true);
    const second = await client.get(
      `${url}/prompts?limit=2&cursor=${encodeURIComponent(first.body.meta.cursor)}`,
    );
    const slugs = [...first.body.data, ...second.body.data].map((prompt: { slug: string }) => prompt.slug);
    expect(slugs).toEqual(['a', 'b', 'c']);
    expect(second.body.meta).toEqual({ cursor: null, has_more: false });
  });

  it('archived=false means false', async () => {
    const { url } = await makeSet();
    await makePrompt(url);
    expect((await client.get(`${url}/prompts?archived=false`)).body.data).toHaveLength(1);
    expect((await client.get(`${url}/prompts?archived=true`)).body.data).toHaveLength(0);
  });

  it('an API key is shown once and revoked at once', async () => {
    const made = await client.post('/api/v1/api_keys', { name: 'CI', scopes: ['read:prompts'] });
    expect([made.status, made.headers['cache-control']]).toEqual([201, 'no-store']);
    const { id, token } = made.body.api_key;
    const other = server.as({ token });
    expect((await other.get('/api/v1/projects')).status).toBe(200);
    expect((await client.get('/api/v1/api_keys')).text).not.toContain(token);
    const url = `/api/v1/api_keys/${id}`;
    const { etag } = (await client.get(url)).headers;
    expect([made.headers.etag, etag]).toEqual(['"active"', '"active"']);
    for (const headers of [
      undefined,
      { 'if-match': '*' },
      { 'if-match': '"1"' },
      { 'if-match': '"revoked"' },
    ])
      expect((await client.request('DELETE', url, { headers })).status).toBe(412);
    expect((await other.get('/api/v1/projects')).status).toBe(200);
    const headers = { 'if-match': '"active"' };
    const revoked = await client.request('DELETE', url, { headers });
    expect(revoked.body.api_key.revoked_at).not.toBeNull();
    expect((await other.get('/api/v1/projects')).status).toBe(401);
    const again = await client.request('DELETE', url, { headers });
    expect([again.status, again.body.error.reason]).toEqual([412, 'api_key.changed']);
    expect(again.body.error.data.current.id).toBe(id);
  });
});

describe('a change of a prompt', () => {
  it('without If-Match is refused with 412, whatever the body', async () => {
    const { url } = await makeSet();
    const { id } = (await makePrompt(url)).body.prompt;
    for (const headers of [undefined, { 'if-match': '*' }, { 'if-match': '3' }, { 'if-match': '"x"' }]) {
      const answer = await client.request('PATCH', `/api/v1/prompts/${id}`, {
        body: { name: 'New' },
        headers,
      });
      expect([answer.status, answer.body.error.reason]).toEqual([412, 'if_match_required']);
    }
    for (const verb of ['archive', 'restore']) {
      expect((await client.post(`/api/v1/prompts/${id}/${verb}`)).status).toBe(412);
    }
  });

  it('on an older revision is refused with 412 and carries the current prompt', async () => {
    const { url } = await makeSet();
    const { id } = (await makePrompt(url)).body.prompt;
    const change = (template: string) =>
      client.request('PATCH', `/api/v1/prompts/${id}`, {
        body: { content: { ...CONTENT, template } },
        headers: { 'if-match': '"1"' },
      });
    const first = await change('Hi {{ name }}');
    expect([first.status, first.headers.etag]).toEqual([200, '"2"']);
    const second = await change('Ho {{ name }}');
    expect([second.status, second.body.error.type, second.body.error.reason]).toEqual([
      412,
      'precondition_failed',
      'revision_conflict',
    ]);
    expect(second.body.error.data.current.content.template).toBe('Hi {{ name }}');
    expect(second.body.error.data.current.revision).toBe(2);
  });

  it('archives and restores with If-Match', async () => {
    const { url } = await makeSet();
    const { id } = (await makePrompt(url)).body.prompt;
    const headers = { 'if-match': '"1"' };
    const archived = await client.post(`/api/v1/prompts/${id}/archive`, undefined, { headers });
    expect([archived.status, archived.body.prompt.archived]).toEqual([200, true]);
    const etag = String(archived.headers.etag);
    const restored = await client.post(`/api/v1/prompts/${id}/restore`, undefined, {
      headers: { 'if-match': etag },
    });
    expect([restored.status, restored.body.prompt.archived]).toEqual([200, false]);
    expect(restored.headers.etag).toBe('"1"');
  });

  it('lets only one of archive and restore with the same If-Match through, and of two archives only one', async () => {
    const { url } = await makeSet();
    for (const verbs of [
      ['archive', 'restore'],
      ['restore', 'archive'],
      ['archive', 'archive'],
    ]) {
      const { id } = (await makePrompt(url)).body.prompt;
      const answers = await Promise.all(
        verbs.map((verb) =>
          client.post(`/api/v1/prompts/${id}/${verb}`, undefined, { headers: { 'if-match': '"1"' } }),
        ),
      );
      expect([verbs, answers.map(({ status }) => status).sort()]).toEqual([verbs, [200, 412]]);
      const refused = answers.find(({ status }) => status === 412);
      expect(refused?.body.error).toMatchObject({
        reason: 'revision_conflict',
        data: { current: { id, revision: 1 } },
      });
    }
  });
});

describe('errors', () => {
  const MISSING = '01890a5d-ac96-774b-bcce-b302099a8057';

  it('400: a body that is no JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    for (const body of ['{', '[1,', '{"name": undefined}']) {
      const answer = await client.request('POST', '/api/v1/projects', { body, headers });
      expect([body, answer.status, answer.body.error.type]).toEqual([body, 400, 'bad_request']);
    }
  });

  it('401: no key, a wrong one, a mistyped one; with WWW-Authenticate', async () => {
    for (const credentials of [undefined, { token: 'nonsense' }, { token: `ank_${'A'.repeat(49)}` }]) {
      const answer = await server.as(credentials).get('/api/v1/projects');
      expect([answer.status, answer.body.error.type]).toEqual([401, 'unauthorized']);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="Anvil"');
    }
  });

  it('403: a key without the scope', async () => {
    const reader = server.as(await createTestApiKey(account, { scopes: ['read:prompts'] }));
    const answer = await reader.post('/api/v1/projects', { name: 'No' });
    expect([answer.status, answer.body.error.type]).toEqual([403, 'forbidden']);
  });

  it('404: a thing of somebody else answers as one that does not exist, byte for byte but the request id', async () => {
    const { set } = await makeSet();
    const stranger = server.as(await createTestApiKey(await registerTestAccount(database)));
    const theirs = await stranger.get(`/api/v1/prompt_sets/${set}`);
    const none = await stranger.get(`/api/v1/prompt_sets/${MISSING}`);
    const plain = (answer: typeof none) => answer.text.replace(/"request_id":"[^"]+"/, '');
    expect(theirs.status).toBe(404);
    expect(plain(theirs)).toBe(plain(none));
    expect(none.headers['cache-control']).toBe('no-store');
  });

  it('404: a path that does not exist', async () => {
    const answer = await client.get('/api/v1/nothing/here');
    expect([answer.status, answer.body.error.type]).toEqual([404, 'not_found']);
  });

  it('405: another method on a path that exists, with what it allows', async () => {
    const answer = await client.request('DELETE', '/api/v1/projects');
    expect([answer.status, answer.body.error.type]).toEqual([405, 'method_not_allowed']);
    expect(answer.headers.allow).toBe('GET, HEAD, POST');
  });

  it('405: on the paths of delivery too', async () => {
    for (const [method, url, allow] of [
      ['POST', '/api/v1/prompts/by_address/a/b/c', 'GET, HEAD'],
      ['GET', '/api/v1/render/a/b/c', 'POST'],
      ['PUT', '/api/v1/resolve', 'POST'],
      ['DELETE', `/api/v1/contents/${'a'.repeat(64)}`, 'GET, HEAD'],
    ] as const) {
      const answer = await client.request(method, url);
      expect([url, answer.status, answer.headers.allow]).toEqual([url, 405, allow]);
    }
  });

  it('409: a slug that is taken', async () => {
    await client.post('/api/v1/projects', { name: 'Twice', slug: 'twice' });
    const answer = await client.post('/api/v1/projects', { name: 'Twice', slug: 'twice' });
    expect([answer.status, answer.body.error.reason]).toEqual([409, 'slug_taken']);
  });

  it('413: a body above the limit of its route, and not below', async () => {
    const { url } = await makeSet();
    const long = await client.post('/api/v1/projects', { name: 'x'.repeat(1_100_000) });
    expect([long.status, long.body.error.type]).toEqual([413, 'payload_too_large']);
    // Escaped in JSON, a content of 500 kB is larger than other routes take.
    const messages = Array.from({ length: 2 }, () => ({ role: 'user', content: '\u0001'.repeat(250_000) }));
    const prompt = await client.post(`${url}/prompts`, { name: 'Long', content: { kind: 'chat', messages } });
    expect(prompt.status).toBe(201);
  });

  it('415: a body of another type', async () => {
    const answer = await client.request('POST', '/api/v1/projects', {
      body: 'name=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([answer.status, answer.body.error.type]).toEqual([415, 'unsupported_media_type']);
  });

  it('422: names every wrong field, unknown ones too', async () => {
    const { url } = await makeSet();
    const answer = await client.post(`${url}/prompts`, {
      nmae: 'Typo',
      content: { kind: 'text', template: 'x', parameters: [{ name: 'a', type: 'strnig', required: 'yes' }] },
    });
    expect([answer.status, answer.body.error.type]).toEqual([422, 'validation']);
    expect(pluck(answer.body.error.details, 'field').sort()).toEqual([
      'content.parameters.0.required',
      'content.parameters.0.type',
      'name',
      'nmae',
    ]);
    expect(answer.body.error.details).toContainEqual({ field: 'nmae', message: 'There is no such field.' });
    expect(answer.body.error.details).toContainEqual({ field: 'name', message: 'This is missing.' });
  });

  it('422: says how many or how much is taken', async () => {
    const { url } = await makeSet();
    const parameters = Array.from({ length: 501 }, (_, n) => ({
      name: `p${n}`,
      type: 'string',
      required: true,
    }));
    const answers = [
      await client.post(`${url}/prompts`, {
        name: 'Many',
        content: { kind: 'text', template: 'x', parameters },
      }),
      await client.get('/api/v1/projects?limit=0'),
      await client.get('/api/v1/projects?limit=101'),
    ];
    expect(answers.map(({ status, body }) => [status, ...body.error.details])).toEqual([
      [422, { field: 'content.parameters', message: 'At most 500 items.' }],
      [422, { field: 'limit', message: 'At least 1.' }],
      [422, { field: 'limit', message: 'At most 100.' }],
    ]);
  });

  it('422: text that is none (a NUL, half a surrogate pair) anywhere', async () => {
    for (const name of ['a\0b', 'a\ud800b']) {
      const answer = await client.post('/api/v1/projects', { name });
      expect([answer.status, answer.body.error.details[0].field]).toEqual([422, 'name']);
    }
  });

  it('400: an unknown query parameter, by its name', async () => {
    const { status, body } = await client.get('/api/v1/projects?limt=1');
    expect([status, body.error.reason, body.error.details[0]?.field]).toEqual([400, 'query.unknown', 'limt']);
  });

  it('422: a limit out of bounds, an id that is none', async () => {
    for (const url of ['/api/v1/projects?limit=101', '/api/v1/prompts/1']) {
      expect([url, (await client.get(url)).status]).toEqual([url, 422]);
    }
  });

  it('429: the 601st write of a minute, with Retry-After; reading goes on', async () => {
    const limited = await testApp(database);
    try {
      const key = await createTestApiKey(account);
      const busy = limited.as(key);
      for (let write = 0; write < 600; write++)
        await limited.context.limits.consume('apiWritePerKey', key.id);
      const answer = await busy.post('/api/v1/projects', { name: 'One too many' });
      expect([answer.status, answer.body.error.type]).toEqual([429, 'too_many_requests']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect((await busy.get('/api/v1/projects')).status).toBe(200);
    } finally {
      await limited.close();
    }
  });

  it('500: a bug says nothing of itself but the request id that the log has too', async () => {
    const broken = await testApp(database, {
      limits: {
        consume: () => Promise.reject(new Error('the secret reason')),
        giveBack: () => Promise.resolve(),
        reset: () => Promise.resolve(),
      },
    });
    try {
      const answer = await broken.as(await createTestApiKey(account)).post('/api/v1/projects', { name: 'x' });
      expect([answer.status, answer.body.error.message]).toEqual([500, 'Internal error']);
      expect(answer.text).not.toContain('secret reason');
      const entry = broken.logged.find((line) => line.level === 'error');
      expect(entry).toMatchObject({
        reqId: answer.body.error.request_id,
        err: { message: 'the secret reason' },
      });
    } finally {
      await broken.close();
    }
  });

  it('503: the database is away, with Retry-After, never 404', async () => {
    const away = connect({ url: 'postgres://anvil@127.0.0.1:1/anvil' });
    const lost = await testApp(away);
    try {
      const answer = await lost
        .as({ token: (await createTestApiKey(account)).token })
        .get('/api/v1/projects');
      expect([answer.status, answer.body.error.reason]).toEqual([503, 'database_unavailable']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    } finally {
      await lost.close();
      await away.close();
    }
  });
});

describe('caching', () => {
  it('an answer carries a tag, and whoever has it gets 304 without a body', async () => {
    const first = await client.get('/api/v1/projects');
    expect(first.headers['cache-control']).toBe('private, no-cache');
    const again = await client.get('/api/v1/projects', {
      headers: { 'if-none-match': String(first.headers.etag) },
    });
    expect([again.status, again.text, again.headers.etag]).toEqual([304, '', first.headers.etag]);
    await client.post('/api/v1/projects', { name: 'Something new' });
    const changed = await client.get('/api/v1/projects', {
      headers: { 'if-none-match': String(first.headers.etag) },
    });
    expect(changed.status).toBe(200);
  });
});
