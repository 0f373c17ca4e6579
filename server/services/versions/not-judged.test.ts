import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { makeSet, textPrompt } from '#tests/support/prompts.ts';
import type { Context } from '../context.ts';
import { updatePrompt } from '../prompts.ts';
import { compareVersions } from './compare.ts';
import { getNextVersion } from './proposal.ts';
import { publishVersion } from './publish.ts';
import { getVersion } from './read.ts';

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

test('a change that can’t be judged is marked before publishing, in the version, and in a comparison', async () => {
  const answering = (...anyOf: object[]) => ({
    ...textPrompt('Hello'),
    config: JSON.stringify({ output_schema: { type: 'object', properties: { x: { anyOf } } } }),
  });
  const set = await makeSet(context, { hello: answering({ type: 'string' }, { type: 'object' }) });
  const first = await getNextVersion(context, set.ref);
  await publishVersion(context, { ...set.ref, changelog: '', checksum: first.checksum });
  const { id, revision } = set.prompts.hello ?? { id: '', revision: 0 };
  const content = { ...answering({ type: 'string' }, { type: 'object', required: ['y'] }), template: 'Hi' };
  await updatePrompt(context, { prompt_id: id, revision, content });

  const next = await getNextVersion(context, set.ref);
  const unjudged = {
    rule: 'config.not_judged',
    level: 'patch',
    judged: false,
    prompt: 'hello',
    place: 'config.output_schema.x',
    sentence:
      '`hello` changes the schema of `x` in a way that Anvil can’t judge (`anyOf`). The number doesn’t cover this change.',
  };
  const expected = [unjudged, expect.objectContaining({ rule: 'text.changed', judged: true })];
  expect(next).toMatchObject({ number: '1.0.1', level: 'patch', changes: expected });
  // A number that is too low is refused for a reason that is known.
  await expect(
    publishVersion(context, { ...set.ref, changelog: '', checksum: next.checksum, number: '0.9.0' }),
  ).rejects.toThrow('`hello` text: 1 line changed, so it must be at least 1.0.1.');
  await publishVersion(context, { ...set.ref, changelog: '', checksum: next.checksum });
  const published = await getVersion(context, { ...set.ref, number: '1.0.1' });
  expect(published.changes).toEqual(expected);
  const compared = await compareVersions(context, { ...set.ref, from: '1.0.0', to: '1.0.1' });
  expect(compared.changes).toEqual(expected);
});
