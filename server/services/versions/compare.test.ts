import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { makeSet, textPrompt } from '#tests/support/prompts.ts';
import type { Context } from '../context.ts';
import { createPrompt, updatePrompt } from '../prompts.ts';
import { compareVersions } from './compare.ts';
import { getNextVersion } from './proposal.ts';
import { publishVersion } from './publish.ts';

let testDatabase: TestDatabase;
let database: Database;
let context: Context;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url, poolSize: 2 });
  ({ context } = await registerTestAccount(database));
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

test('going back is told as what callers lose, going on as what they gain', async () => {
  const set = await makeSet(context, { hello: textPrompt('Hello'), same: textPrompt('Same') });
  const publish = async (): Promise<void> => {
    const { checksum } = await getNextVersion(context, set.ref);
    await publishVersion(context, { ...set.ref, changelog: '', checksum });
  };
  await publish();
  const { id, revision } = set.prompts.hello ?? { id: '', revision: 0 };
  const town = { name: 'town', type: 'string' as const, required: false };
  const content = { ...textPrompt('Hello from {{ town }}'), parameters: [town] };
  await updatePrompt(context, { prompt_id: id, revision, content });
  await createPrompt(context, { ...set.ref, name: 'New', slug: 'new', content: textPrompt('New') });
  await publish();

  const rulesOf = async (from: string, to: string): Promise<string[]> => {
    const { changes } = await compareVersions(context, { ...set.ref, from, to });
    return changes.map(({ rule, prompt, place }) => [rule, prompt, place].join(' ').trim()).sort();
  };
  expect(await rulesOf('1.0.0', '1.1.0')).toEqual([
    'parameter.new_optional hello town',
    'prompt.new new',
    'text.changed hello template',
  ]);
  expect(await rulesOf('1.1.0', '1.0.0')).toEqual([
    'parameter.gone hello town',
    'prompt.gone new',
    'text.changed hello template',
  ]);
  const none = await compareVersions(context, { ...set.ref, from: 'v1.1.0', to: '1.1.0' });
  expect(none).toEqual({ from: '1.1.0', to: '1.1.0', level: 'none', behaviour: false, changes: [] });
  await expect(compareVersions(context, { ...set.ref, from: '1.1.0', to: '9.0.0' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});
