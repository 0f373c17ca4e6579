import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Parameter, PromptContent } from '@anvil/core/prompt';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '#tests/support/http.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import { createPrompt } from '../services/prompts.ts';
import { getNextVersion } from '../services/versions/proposal.ts';
import { publishVersion } from '../services/versions/publish.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let client: TestClient;
let set: TestSet;

const JSON_BODY = { headers: { 'content-type': 'application/json' } };

const parameters: Parameter[] = [
  { name: 'n', type: 'number', required: false, default: 0 },
  { name: 'order', type: 'object', required: false },
  { name: 'history', type: 'messages', required: false, default: [{ role: 'user', content: 'Hi' }] },
  { name: 'old', type: 'string', required: false, deprecated: 'Use `n`.' },
];
const chat: PromptContent = {
  kind: 'chat',
  messages: [
    { role: 'system', content: '{{ n }}{{ order | json }}{{ old }}' },
    { placeholder: 'history' },
    { role: 'user', content: 'End' },
    { placeholder: 'history' },
  ],
  parameters,
  config: '{}',
};

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  const account = await registerTestAccount(database);
  const context = { ...server.context, actor: account.actor };
  client = server.as(
    await createTestApiKey(account, { scopes: ['read:prompts', 'read:drafts', 'write:prompts'] }),
  );
  set = await makeSet(context, { text: textPrompt('{{ name }}', ['name?']) });
  await createPrompt(context, { ...set.ref, name: 'chat', slug: 'chat', content: chat });
  const { checksum } = await getNextVersion(context, set.ref);
  await publishVersion(context, { ...set.ref, changelog: 'First', checksum });
});
afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

/** Renders the chat prompt with values that are written as JSON, so that their digits reach the server. */
const render = (values: string) =>
  client.request('POST', `/api/v1/render/${set.address}/chat`, {
    body: `{"values":${values}}`,
    ...JSON_BODY,
  });

/** Renders the chat prompt with these messages for its placeholder. */
const answer = (first: string, history: string): string =>
  `{"messages":[{"role":"system","content":${JSON.stringify(first)}},${history},` +
  `{"role":"user","content":"End"},${history}],"version":"1.0.0","warnings":[],"config":{}}`;

describe('numbers that would be rounded', () => {
  test('are refused together with everything else that is wrong, each by its name', async () => {
    const { status, body } = await render(
      '{"n":9007199254740993,"order":{"id":12345678901234567890,"items":[{"price":0.123456789012345678}]},"old":7}',
    );
    expect([status, body.error.reason]).toEqual([422, 'values.invalid']);
    expect(body.error.details).toEqual([
      {
        field: 'values.n',
        message: "`n` is 9007199254740993, which a number can't hold exactly. Give it as text.",
      },
      {
        field: 'values.order.id',
        message: "`order.id` is 12345678901234567890, which a number can't hold exactly. Give it as text.",
      },
      {
        field: 'values.order.items[0].price',
        message:
          "`order.items[0].price` is 0.123456789012345678, which a number can't hold exactly. Give it as text.",
      },
      { field: 'values.old', message: '`old` must be a string, not a number.' },
    ]);
  });

  test('are refused if they aren’t finite', async () => {
    const { status, body } = await render('{"n":1e400}');
    expect([status, body.error.message]).toEqual([
      422,
      "`n` is 1e400, which a number can't hold exactly. Give it as text.",
    ]);
  });

  test('are told from those that keep their value', async () => {
    const { status, text } = await render(
      '{"n":-9007199254740991,"order":{"a":0.30000000000000004,"b":1e15}}',
    );
    expect(status).toBe(200);
    expect(text).toContain('-9007199254740991{\\"a\\":0.30000000000000004,\\"b\\":1000000000000000}');
  });

  test('are refused in a saved prompt and in a preview, by REST and by tRPC', async () => {
    const content = (value: string) =>
      `{"kind":"text","template":"x","parameters":[{"name":"n","type":"number","required":false,"default":${value}}]}`;
    const save = await client.request('POST', `/api/v1/prompt_sets/${set.id}/prompts`, {
      body: `{"name":"Big","content":${content('9007199254740993')}}`,
      ...JSON_BODY,
    });
    expect([save.status, save.body.error.reason]).toEqual([422, 'json.inexact_number']);
    expect(save.body.error.details).toEqual([
      {
        field: 'content.parameters.0.default',
        message:
          "`content.parameters.0.default` is 9007199254740993, which a number can't hold exactly. Give it as text.",
      },
    ]);
    const preview = await client.request('POST', '/trpc/prompts.preview', {
      body: `{"set_id":"${set.id}","content":${content('1')},"values":{"n":1e400}}`,
      ...JSON_BODY,
    });
    expect([preview.status, preview.body.error.data.reason]).toEqual([422, 'json.inexact_number']);
    expect(preview.body.error.message).toContain('`values.n` is 1e400');
  });
});

describe('messages of a caller', () => {
  test.each([
    ['digits', '{"role":"tool","content":[12345678901234567890,1.0,1e2,0.0000001,1e400]}'],
    ['order of keys', '{"role":"user","content":"x","10":1,"2":{"b":1,"a":2}}'],
    ['escapes and blanks', '{ "role" : "user",\n"content" : "\\u0061\\/\\ud83d\\ude00" }'],
    ['missing content', '{"role":"assistant","tool_calls":[{"id":"1","function":{"arguments":"{}"}}]}'],
    ['message by message', '{"role":"user","content":"]"},{"role":"x","content":null}'],
  ])('keep their %s', async (_what, history) => {
    const { status, text } = await render(`{"n":1,"history":[${history}]}`);
    expect([status, text]).toEqual([200, answer('1null', history)]);
  });

  test('may be none, and are the default if none are given', async () => {
    expect((await render('{"history":[]}')).body.messages).toHaveLength(2);
    const preset = '{"content":"Hi","role":"user"}';
    expect((await render('{}')).text).toBe(answer('0null', preset));
    expect((await render('{"history":null}')).text).toBe(answer('0null', preset));
  });

  test('are refused without a role or a content', async () => {
    const { body } = await render('{"history":[{"role":"user"},{"content":"x"}]}');
    expect(body.error.details).toMatchObject([
      { message: '`history[0]` must be a message with `content` or with `tool_calls`.' },
      { message: '`history[1]` must be a message whose `role` is a text.' },
    ]);
  });
});

test('a deprecated parameter warns the callers that give it', async () => {
  expect((await render('{"old":"x"}')).body.warnings).toEqual([
    { rule: 'value.deprecated', path: 'old', message: '`old` is deprecated: Use `n`.' },
  ]);
  expect((await render('{}')).body.warnings).toEqual([]);
});
