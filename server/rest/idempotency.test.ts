import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { ROUTES } from '#tests/matrix/routes.ts';
import { fingerprint, makeTarget, makeWorld, type World } from '#tests/matrix/world.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey } from '#tests/support/factories.ts';
import { testApp, type TestAnswer, type TestApp, type TestClient } from '#tests/support/http.ts';
import { clearKeptAnswers } from '../services/idempotency.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let world: World;
let client: TestClient;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  world = await makeWorld(server);
  client = server.as(await createTestApiKey(world.account));
});
afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

const keyed = (key: string, more: Record<string, string> = {}) => ({
  headers: { 'idempotency-key': key, ...more },
});
const project = (key: string, body: object = { name: 'Once' }, who = client) =>
  who.post('/api/v1/projects', body, keyed(key));
const reason = ({ status, body }: TestAnswer) => [status, body.error?.reason as unknown];
const replayed = ({ headers }: TestAnswer) => headers['idempotent-replayed'];

function countProjects(name: string): Promise<number> {
  return acrossOrganisations(database, 'tests: count', async () => {
    const rows = await currentTransaction().table('projects').where({ name }).select<unknown[]>();
    return rows.length;
  });
}

/** They write nothing, or are streams whose repetition changes nothing. */
const WITHOUT_KEYS = [
  'POST /api/v1/render/{address}',
  'POST /api/v1/resolve',
  'POST /api/v1/prompt_sets/{set_id}/import',
  'POST /api/v1/projects/{project}/prompt_sets/{set}/import',
];

describe('every POST that writes', () => {
  const templated = (name: string) =>
    (name.split(' (')[0] ?? '').replace(/:(\w+)/g, '{$1}').replace('/*', '/{address}');
  const posts = Object.entries(ROUTES).filter(
    ([name]) => name.startsWith('POST ') && !WITHOUT_KEYS.includes(templated(name)),
  );

  it.each(posts)('%s is done once by its key, and answers alike', async (_name, entry) => {
    const { url, body, headers } = entry.call({ ...(await makeTarget(world)), organisation: undefined });
    const send = () => client.request('POST', url, { body, headers: { ...headers, 'idempotency-key': url } });
    const first = await send();
    expect([first.status < 300, replayed(first)]).toEqual([true, undefined]);
    const before = await fingerprint(world.account);
    const second = await send();
    expect(await fingerprint(world.account)).toEqual(before);
    if (url.endsWith('/api_keys')) {
      expect(reason(second)).toEqual([409, 'idempotency_key.secret']);
      expect(second.body.error.data).toEqual({ id: first.body.api_key.id });
      return;
    }
    expect([second.status, second.body, replayed(second)]).toEqual([first.status, first.body, 'true']);
    for (const name of ['location', 'etag']) expect(second.headers[name]).toBe(first.headers[name]);
  });

  it('says so in the document, and no other does', async () => {
    const { paths } = (await client.get('/api/v1/openapi.json')).body as {
      paths: Record<string, Record<string, { parameters?: { name: string; in: string }[] }>>;
    };
    const takes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { parameters = [] }]) =>
          parameters.some((one) => one.in === 'header' && one.name === 'Idempotency-Key'),
        )
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    const all = Object.entries(paths).flatMap(([path, methods]) =>
      'post' in methods ? [`POST ${path}`] : [],
    );
    expect(takes.sort()).toEqual(all.filter((one) => !WITHOUT_KEYS.includes(one)).sort());
    expect(new Set(posts.map(([name]) => templated(name)))).toEqual(new Set(takes));
  });
});

describe('a key', () => {
  it('sent many times at once makes one thing: the others get its answer or are told to wait', async () => {
    const name = 'At once';
    const answers = await Promise.all(Array.from({ length: 30 }, () => project('at-once', { name })));
    expect(await countProjects(name)).toBe(1);
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    for (const answer of answers) {
      if (answer.status === 201) continue;
      expect(reason(answer)).toEqual([409, 'idempotency_key.in_use']);
      expect(answer.headers['retry-after']).toBe('1');
    }
    expect(replayed(await project('at-once', { name }))).toBe('true');
  });

  it('with another body, query or If-Match is 422 and changes nothing', async () => {
    await project('body', { name: 'Body' });
    expect(reason(await project('body', { name: 'Other body' }))).toEqual([
      422,
      'idempotency_key.other_request',
    ]);
    expect(await countProjects('Other body')).toBe(0);
    const { promptId, revision } = await makeTarget(world);
    const archive = (tag: number) =>
      client.post(
        `/api/v1/prompts/${promptId}/archive`,
        undefined,
        keyed('archive', { 'if-match': `"${tag}"` }),
      );
    expect((await archive(revision)).status).toBe(200);
    expect(reason(await archive(revision + 1))).toEqual([422, 'idempotency_key.other_request']);
  });

  it('of somebody else, or on another path, is another one', async () => {
    const other = server.as(await createTestApiKey(world.account));
    const bodies = [await project('same', { name: 'A' }), await project('same', { name: 'A' }, other)];
    expect(bodies.map(({ status }) => status)).toEqual([201, 201]);
    expect(await countProjects('A')).toBe(2);
    const set = await client.post(
      `/api/v1/projects/${bodies[0]?.body.project.id}/prompt_sets`,
      { name: 'A' },
      keyed('same'),
    );
    expect([set.status, replayed(set)]).toEqual([201, undefined]);
    // A person of the same organisation.
    const person = server.as(world.credentials.owner);
    expect((await project('same', { name: 'A' }, person)).status).toBe(201);
    expect(replayed(await project('same', { name: 'A' }, person))).toBe('true');
  });

  it('whose request failed is not remembered: it may be sent again, mended', async () => {
    await client.post('/api/v1/projects', { name: 'Taken', slug: 'taken' });
    for (let n = 0; n < 2; n++)
      expect(reason(await project('failed', { name: 'X', slug: 'taken' }))).toEqual([409, 'slug_taken']);
    const mended = await project('failed', { name: 'X', slug: 'free' });
    expect([mended.status, replayed(mended)]).toEqual([201, undefined]);
  });

  it('keeps no secret: the answer of a new API key is stored nowhere', async () => {
    const made = await client.post('/api/v1/api_keys', { name: 'CI', scopes: ['read:prompts'] }, keyed('k'));
    expect(made.status).toBe(201);
    const rows = await acrossOrganisations(database, 'tests: look', () =>
      currentTransaction().table('idempotencyKeys').select<object[]>(),
    );
    expect(JSON.stringify(rows)).not.toContain(made.body.api_key.token);
    expect(JSON.stringify(rows)).toContain(made.body.api_key.id);
  });

  it('is forgotten after a day, by who asks again and by the clearing', async () => {
    await project('day', { name: 'Day' });
    server.context.clock.advance({ hours: 23 });
    expect(replayed(await project('day', { name: 'Day' }))).toBe('true');
    server.context.clock.advance({ hours: 1 });
    const later = await project('day', { name: 'Day' });
    expect([later.status, replayed(later)]).toEqual([201, undefined]);
    await clearKeptAnswers(database, server.context.now());
    const keys = await acrossOrganisations(database, 'tests: look', () =>
      currentTransaction().table('idempotencyKeys').pluck<string[]>('key'),
    );
    expect(keys).toEqual(['day']);
  });

  it('that is none is 400', async () => {
    for (const key of ['', ' ', 'a b', 'x'.repeat(256)])
      expect(reason(await project(key))).toEqual([400, 'idempotency_key.invalid']);
  });

  it('on an import is not looked at: equal rows change nothing anyway', async () => {
    const { setId } = await makeTarget(world);
    const send = () =>
      client.request('POST', `/api/v1/prompt_sets/${setId}/import`, {
        body: 'name,prompt\nNew,Hello\n',
        ...keyed('import', { 'content-type': 'text/csv' }),
      });
    const reports = [await send(), await send()].map(
      ({ text }) => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as object,
    );
    expect(reports).toMatchObject([
      { created: 1, unchanged: 0 },
      { created: 0, unchanged: 1 },
    ]);
  });
});

it('what is published with a key is delivered in the very next answer', async () => {
  const { setId, checksum, address } = await makeTarget(world);
  const url = `/api/v1/prompts/by_address/${address}/welcome`;
  expect((await client.get(url)).body.prompt.version).toBe('1.0.0');
  const made = await client.post(`/api/v1/prompt_sets/${setId}/versions`, { checksum }, keyed('publish'));
  expect(made.status).toBe(201);
  expect((await client.get(url)).body.prompt.version).toBe(made.body.version.number);
});
