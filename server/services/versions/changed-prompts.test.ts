import type { PromptContent } from '@anvil/core/prompt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { makeSet, textPrompt } from '#tests/support/prompts.ts';
import type { Context } from '../context.ts';
import { archivePrompt } from '../prompt-archive.ts';
import { createPrompt, updatePrompt } from '../prompts.ts';
import { listChangedPrompts } from './changed-prompts.ts';
import { getNextVersion } from './proposal.ts';
import { publishVersion } from './publish.ts';

let testDatabase: TestDatabase;
let database: Database;
let context: Context;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  ({ context } = await registerTestAccount(database));
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

test('the prompts that differ come with both contents, against the draft and against a version', async () => {
  const set = await makeSet(context, {
    'mail-2': textPrompt('Two'),
    'mail-10': textPrompt('Ten'),
    same: textPrompt('Same'),
    gone: textPrompt('Gone'),
  });
  const publish = async (): Promise<void> => {
    const { checksum } = await getNextVersion(context, set.ref);
    await publishVersion(context, { ...set.ref, changelog: '', checksum });
  };
  await publish();
  for (const slug of ['mail-2', 'mail-10']) {
    const { id = '', revision = 0 } = set.prompts[slug] ?? {};
    await updatePrompt(context, { prompt_id: id, revision, content: textPrompt(`${slug}, changed`) });
  }
  await archivePrompt(context, { prompt_id: set.prompts.gone?.id ?? '', revision: 1 });
  await createPrompt(context, { ...set.ref, name: 'Neu für alle', slug: 'new', content: textPrompt('New') });

  const textOf = (content: PromptContent | null) => (content?.kind === 'text' ? content.template : content);
  const changed = async (to?: string, page: { limit: number; cursor?: string } = { limit: 10 }) => {
    const { data, meta } = await listChangedPrompts(context, { ...set.ref, from: '1.0.0', to, ...page });
    const rows = data.map(({ slug, name, before, after }) => [slug, name, textOf(before), textOf(after)]);
    return { rows, cursor: meta.cursor ?? undefined };
  };
  const expected = [
    ['gone', 'gone', 'Gone', null],
    ['mail-2', 'mail-2', 'Two', 'mail-2, changed'],
    ['mail-10', 'mail-10', 'Ten', 'mail-10, changed'],
    ['new', 'Neu für alle', null, 'New'],
  ];
  expect(await changed()).toEqual({ rows: expected, cursor: undefined });
  const first = await changed(undefined, { limit: 2 });
  expect(first.rows).toEqual(expected.slice(0, 2));
  expect(await changed(undefined, { limit: 2, cursor: first.cursor })).toEqual({
    rows: expected.slice(2),
    cursor: undefined,
  });

  await publish();
  expect((await changed()).rows).toEqual(expected);
  expect((await changed('2.0.0')).rows).toEqual(expected);
  expect((await changed('1.0.0')).rows).toEqual([]);
  await expect(changed('9.0.0')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
