import { afterAll, beforeAll, expect, it } from 'vitest';
import { slugFromName } from '@anvil/core/slug';
import { connect, type Database } from '#db/connections.ts';
import { buildAnvilCommand, type AnvilCommand } from '#tests/support/anvil-command.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, createTestProject, registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '#tests/support/http.ts';
import { LITERAL_PROMPTS, literalPromptsCsv } from '#tests/support/literal-prompts.ts';

// Text that looks like a template is the text that comes out, whatever the file looks like and whoever sends it.

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let client: TestClient;
let command: AnvilCommand;
let project: string;
let token: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  const account = await registerTestAccount(database);
  project = (await createTestProject(account)).slug;
  ({ token } = await createTestApiKey(account));
  client = server.as({ token });
  command = await buildAnvilCommand();
  await server.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await command.remove();
  await server.close();
  await database.close();
  await testDatabase.drop();
});

const senders = {
  REST: async (set: string, file: Buffer) => {
    const { statusCode } = await server.app.inject({
      ...{ method: 'POST', url: `/api/v1/projects/${project}/prompt_sets/${set}/import?placeholders=none` },
      headers: { 'content-type': 'text/csv', authorization: `Bearer ${token}` },
      payload: file,
    });
    expect(statusCode).toBe(200);
  },
  'the command': async (set: string, file: Buffer) => {
    const { port } = server.app.server.address() as { port: number };
    const env = { ANVIL_URL: `http://127.0.0.1:${port}`, ANVIL_API_KEY: token };
    const path = await command.write(`${set}.csv`, file);
    const { code } = await command.run(['import', path, '--project', project, '--set', set], env);
    expect(code).toBe(0);
  },
};

const files: [string, Buffer][] = [
  ['commas', Buffer.from(literalPromptsCsv(',', '\n'))],
  ['semicolons and CRLF', Buffer.from(literalPromptsCsv(';', '\r\n'))],
  ['tabs and a byte order mark', Buffer.from(`\ufeff${literalPromptsCsv('\t', '\n')}`)],
  ['UTF-16, semicolons and CRLF', Buffer.from(`\ufeff${literalPromptsCsv(';', '\r\n')}`, 'utf16le')],
];
const cases = (Object.keys(senders) as (keyof typeof senders)[]).flatMap((sender) =>
  files.map(([form, file]) => ({ sender, form, file })),
);

it.each(cases)('renders byte for byte after an import by $sender of a file with $form', async (one) => {
  const set = slugFromName(`${one.sender} ${one.form}`, 'set');
  await senders[one.sender](set, one.file);
  const rendered: Record<string, string> = {};
  for (const name of Object.keys(LITERAL_PROMPTS)) {
    const address = `${project}/${set}/${slugFromName(name, 'prompt')}@draft`;
    const { body } = await client.post(`/api/v1/render/${address}`, { values: {} });
    rendered[name] = body.text as string;
  }
  expect(rendered).toEqual(LITERAL_PROMPTS);
});
