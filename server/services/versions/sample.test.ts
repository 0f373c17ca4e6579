import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TextContent } from '@anvil/core/prompt';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { makeSet } from '#tests/support/prompts.ts';
import { updatePrompt } from '../prompts.ts';
import { getNextVersion } from './proposal.ts';
import { publishVersion } from './publish.ts';
import { sampleVersionPrompt } from './sample.ts';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url, poolSize: 2 });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const withObject = (template: string, name: string): TextContent => ({
  ...{ kind: 'text', template, config: '{}' },
  parameters: [{ name, type: 'object', required: true }],
});

test('the sample of a published prompt has what the prompts of this version read that it renders', async () => {
  const { context } = await registerTestAccount(database);
  const set = await makeSet(context, {
    row: withObject('{{ item.name }}', 'item'),
    table: withObject('{% render "row", item: order.first_item %}', 'order'),
  });
  const { checksum } = await getNextVersion(context, set.ref);
  await publishVersion(context, { ...set.ref, changelog: '', checksum });
  const { id, revision } = set.prompts.row ?? expect.fail();
  await updatePrompt(context, { prompt_id: id, revision, content: withObject('{{ item.price }}', 'item') });

  const sample = { ...set.ref, number: '1.0.0' };
  expect(await sampleVersionPrompt(context, { ...sample, prompt: 'table' })).toEqual({
    values: { order: { first_item: { name: 'Ada' } } },
  });
  await expect(sampleVersionPrompt(context, { ...sample, prompt: 'gone' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});
