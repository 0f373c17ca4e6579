import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { ImportPart } from '#db/models/index.ts';
import { acrossOrganisations } from '#db/tenancy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount } from '#tests/support/factories.ts';
import { actingAs } from '#tests/support/context.ts';
import { clearExpired } from '../housekeeping.ts';
import { createImportParts, type FileParts } from './import-parts.ts';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

async function readAll(parts: FileParts): Promise<string[]> {
  const read: string[] = [];
  for await (const part of parts.read()) read.push(part.toString());
  return read;
}

const countParts = () =>
  acrossOrganisations(database, 'tests: look', async () => ImportPart.query().resultSize());

test('the parts of a file are read in their order, and those of other files stay apart', async () => {
  const { context } = await registerTestAccount(database);
  const [first, second] = [createImportParts(context, {}), createImportParts(context, {})];
  for (const text of ['b', 'a', '\0']) await first.append(Buffer.from(text));
  await second.append(Buffer.from('c'));
  expect([await readAll(first), await readAll(second)]).toEqual([['b', 'a', '\0'], ['c']]);
  await first.remove();
  expect([await readAll(second), await countParts()]).toEqual([['c'], 1]);
  await second.remove();
});

test('the parts of an import that never ended are cleared away after a day, and reading them fails', async () => {
  const { context } = await registerTestAccount(database);
  const parts = createImportParts(context, {});
  await parts.append(Buffer.from('a'));
  context.clock.advance({ hours: 23 });
  await parts.append(Buffer.from('b'));
  await clearExpired(context);
  expect(await readAll(parts)).toEqual(['a', 'b']);
  context.clock.advance({ hours: 2 });
  await clearExpired(context);
  expect(await countParts()).toBe(1);
  await expect(readAll(parts)).rejects.toMatchObject({ reason: 'import.interrupted', status: 503 });
});

test('nothing is kept for a key that can’t write prompts', async () => {
  const account = await registerTestAccount(database);
  const { actor } = await createTestApiKey(account, { scopes: ['read:prompts'] });
  expect(() => createImportParts(actingAs(account.context, actor), {})).toThrow();
});
