import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlaceholderStyle } from '@anvil/core/placeholder-signs';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';
import { publishFirstPrompt } from './first-prompt.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
});
afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

/** Publishes as a new person, then asks with what the page shows. */
async function publishAndAsk(template: string, placeholders: PlaceholderStyle = 'liquid') {
  const { actor } = await registerTestAccount(database);
  const made = await publishFirstPrompt(
    { ...server.context, actor },
    {
      template,
      placeholders,
      values: { shop: 'Acme', order: 'not taken' },
    },
  );
  const { address, token, values } = made;
  const answer = await server
    .as({ token: token ?? '' })
    .post(`/api/v1/render/${address}@^1.0`, { values }, { headers: { 'content-type': 'application/json' } });
  return { made, answer };
}

test.each([
  'You answer customers of {{ shop }}.\n\nQuestion: {{ question }}',
  'Order {{ order.number }} of {{ order.buyer.name }}:{% for item in order.items %} {{ item.name }}{% endfor %}',
  'No parameters, but "quotes" and \\ signs',
])('what the page shows as the answer is the answer, byte for byte: %s', async (template) => {
  const { made, answer } = await publishAndAsk(template);
  expect([made.address, made.version, made.problem]).toEqual(['playground/first/hello', '1.0.0', null]);
  expect([answer.status, answer.text]).toEqual([200, made.answer]);
});

test.each([
  ['none', 'A {{ shop }} of ${shop:Ada} {% if %}', {}],
  ['mustache', 'A Acme of ${shop:Ada} {% if %}', { shop: 'Acme' }],
  ['dollar', 'A {{ shop }} of Acme {% if %}', { shop: 'Acme' }],
] as const)('placeholders of the style %s alone become parameters', async (style, text, values) => {
  const { made, answer } = await publishAndAsk('A {{ shop }} of ${shop:Ada} {% if %}', style);
  expect([answer.body.text, made.values]).toEqual([text, values]);
});

test('given values stand in the line where a text of that name is wanted, and nowhere else', async () => {
  const { made } = await publishAndAsk('{{ shop }} {{ order.number }}');
  expect(made.values).toEqual({ shop: 'Acme', order: { number: 'example number' } });
});

test('values that don’t suit the template are told, and published it is all the same', async () => {
  const { made, answer } = await publishAndAsk(
    `{% assign key = name | append: '!' %}{{ order.a }}{{ order[key] }}`,
  );
  expect(made.answer).toBeNull();
  expect([answer.status, answer.body.error.message]).toEqual([422, made.problem]);
});

test('a template with an error makes nothing, and the error stands at its field', async () => {
  const { actor } = await registerTestAccount(database);
  const context = { ...server.context, actor };
  await expect(
    publishFirstPrompt(context, { template: 'Hi {{ name', placeholders: 'liquid', values: {} }),
  ).rejects.toMatchObject({
    status: 422,
    details: [{ field: 'template' }],
  });
  await expect(
    publishFirstPrompt(context, { template: 'Hi {{ name }}', placeholders: 'liquid', values: {} }),
  ).resolves.toMatchObject({
    version: '1.0.0',
  });
});

test('a second time is refused: the playground is there already', async () => {
  const { actor } = await registerTestAccount(database);
  const context = { ...server.context, actor };
  await publishFirstPrompt(context, { template: 'One', placeholders: 'liquid', values: {} });
  await expect(
    publishFirstPrompt(context, { template: 'Two', placeholders: 'liquid', values: {} }),
  ).rejects.toMatchObject({
    status: 409,
    reason: 'not_first',
  });
});
