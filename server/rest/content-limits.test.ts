import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '#tests/support/http.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import { previewPromptInput } from '../schemas/prompts.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let account: TestAccount;
let client: TestClient;
let set: TestSet;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  account = await registerTestAccount(database);
  client = server.as(await createTestApiKey(account));
  set = await makeSet(account.context, { hello: textPrompt('{{ a }}', ['a?']) });
});
afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

function nested(levels: number, wrap: (inner: unknown) => unknown, leaf: unknown = 1): unknown {
  let value = leaf;
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}
const inList = (inner: unknown) => [inner];
const inField = (inner: unknown) => ({ name: 'a', type: 'object', required: true, fields: [inner] });
const listParameter = (levels: number) => ({
  ...{ name: 'a', type: 'list', required: false },
  default: nested(levels, inList),
});
const text = (rest: object) => ({ kind: 'text', template: '', ...rest });
const save = (content: object) =>
  client.post(`/api/v1/prompt_sets/${set.id}/prompts`, { name: 'Large', content });
const preview = async (input: object) => {
  const answer = await client.post('/trpc/prompts.preview', { set_id: set.id, ...input });
  return { status: answer.status, details: answer.body.error?.data?.details as unknown };
};

describe('a content of more than 512 kB in all', () => {
  const messages = (count: number, content: string) =>
    Array.from({ length: count }, () => ({ role: 'user', content }));

  it('is refused at the field content, though each message is short enough', async () => {
    const content = { kind: 'chat', messages: messages(3, 'x'.repeat(200_000)) };
    const details = [{ field: 'content', message: expect.stringContaining('at most 512 kB') as string }];
    const answer = await save(content);
    expect([answer.status, answer.body.error.details]).toEqual([422, details]);
    expect(await preview({ content })).toEqual({ status: 422, details });
  });

  it('counts bytes and not characters', async () => {
    expect((await save(text({ template: '名'.repeat(175_000) }))).status).toBe(422);
    expect((await save(text({ template: '名'.repeat(174_000) }))).status).toBe(201);
  });

  it('is also refused in an import', async () => {
    const answer = await client.request('POST', `/api/v1/prompt_sets/${set.id}/import`, {
      body: `name,prompt\nWide,${'名'.repeat(175_000)}\n`,
      headers: { 'content-type': 'text/csv' },
    });
    expect(answer.text).toContain('at most 512 kB');
  });
});

describe('nested data', () => {
  const nestedParameter = (levels: number) =>
    nested(levels, inField, { name: 'a', type: 'string', required: true });

  it.each([
    ['parameters', { parameters: [nestedParameter(80)] }, 'content.parameters'],
    ['a default', { parameters: [listParameter(150)] }, 'content.parameters'],
    ['a config', { config: `{"a":${'['.repeat(3_000)}${']'.repeat(3_000)}}` }, 'content.config'],
  ])('too deep for %s is refused at its field', async (_, rest, field) => {
    const answer = await save(text(rest));
    expect([answer.status, answer.body.error.details[0].field]).toEqual([
      422,
      expect.stringContaining(field),
    ]);
  });

  it('too deep for values is refused at their name', async () => {
    const address = `${set.address}/hello@draft`;
    const rendered = await client.post(`/api/v1/render/${address}`, { values: { a: nested(150, inList) } });
    expect([rendered.status, rendered.body.error.details[0].field]).toEqual([
      422,
      expect.stringContaining('values.a'),
    ]);
  });

  it.each([
    ['parameters', () => save(text({ parameters: [nestedParameter(1_000)] }))],
    ['a default', () => save(text({ parameters: [listParameter(3_000)] }))],
    ['a template', () => save(text({ template: nested(3_000, inList) }))],
    ['values', () => preview({ content: text({}), values: { a: nested(3_000, inList) } })],
  ])('thousands of levels deep in %s is refused with 422 by every interface', async (_, send) => {
    expect((await send()).status).toBe(422);
  });

  it('is refused by the schemas themselves, which pages use without a body of JSON', () => {
    const base = { set_id: set.id, content: text({}) };
    const tooDeep = previewPromptInput.safeParse({ ...base, values: { a: nested(3_000, inList) } });
    expect(tooDeep.error?.issues[0]?.message).toBe('Nested too deeply: at most 200 levels.');
    const parameters = [nestedParameter(1_000)];
    const deepParameters = previewPromptInput.safeParse({ ...base, content: text({ parameters }) });
    expect(deepParameters.error?.issues[0]?.message).toBe('Nested too deeply: at most 200 levels.');
  });

  it('in place of a whole body is refused', async () => {
    for (const url of [`/api/v1/prompt_sets/${set.id}/prompts`, '/api/v1/resolve', '/trpc/prompts.create']) {
      const answer = await client.request('POST', url, {
        body: '['.repeat(200_000) + ']'.repeat(200_000),
        headers: { 'content-type': 'application/json' },
      });
      expect([url, answer.status]).toEqual([url, 422]);
    }
  });
});

describe('a list with 200,000 wrong items', () => {
  it.each([
    ['messages', 'content.messages', 'At most 200 items.'],
    ['parameters', 'content.parameters', 'At most 50,000 values in all.'],
  ])('of %s is refused by its length, in one sentence', async (name, field, message) => {
    const answer = await save({
      ...text({ template: undefined }),
      kind: name === 'messages' ? 'chat' : 'text',
      template: name === 'messages' ? undefined : '',
      [name]: Array(200_000).fill(1),
    });
    expect([answer.status, answer.body.error.details]).toEqual([422, [{ field, message }]]);
  });

  it('of unknown fields is refused in one short sentence', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`unknown${n}`, 1]));
    const answer = await client.post('/api/v1/resolve', { addresses: ['a/b/c'], ...unknown });
    expect(answer.status).toBe(422);
    expect(answer.body.error.details.length).toBeLessThanOrEqual(100);
    expect(answer.body.error.message.length).toBeLessThanOrEqual(500);
  });
});
