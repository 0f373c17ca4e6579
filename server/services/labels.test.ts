import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import type { Context } from './context.ts';
import { listLabelMoves, listLabels, moveLabel, removeLabel } from './labels.ts';
import { updatePrompt } from './prompts.ts';
import { getNextVersion } from './versions/proposal.ts';
import { publishVersion } from './versions/publish.ts';

let testDatabase: TestDatabase;
let database: Database;
let context: Context;
let set: TestSet;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  context = (await registerTestAccount(database, { name: 'Mara' })).context;
  set = await makeSet(context, { hello: textPrompt('0') });
  for (let revision = 0; revision < 3; revision++) {
    if (revision > 0) {
      const prompt_id = set.prompts.hello?.id ?? '';
      await updatePrompt(context, { prompt_id, revision, content: textPrompt(String(revision)) });
    }
    const { checksum } = await getNextVersion(context, set.ref);
    await publishVersion(context, { ...set.ref, changelog: '', checksum });
  }
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const move = (name: string, from: string | null, to: string, reason = '') =>
  moveLabel(context, { ...set.ref, name, from, to, reason });
const namesAndVersions = async () =>
  (await listLabels(context, set.ref)).data.map((label) => [label.name, label.version, label.automatic]);

test('latest is the highest release, and nobody can move or remove it', async () => {
  expect(await namesAndVersions()).toContainEqual(['latest', '1.0.2', true]);
  await expect(move('latest', '1.0.2', '1.0.0')).rejects.toMatchObject({ code: 'UNPROCESSABLE_CONTENT' });
  await expect(
    removeLabel(context, { ...set.ref, name: 'latest', from: '1.0.2', reason: '' }),
  ).rejects.toMatchObject({
    code: 'UNPROCESSABLE_CONTENT',
  });
});

test('a label is added, moved, rolled back and removed, and its whole history stays', async () => {
  await move('production', null, '1.0.0', 'First');
  await move('production', '1.0.0', '1.0.2', 'New texts');
  await move('production', '1.0.2', '1.0.1', 'Back: it said too much');
  expect(await namesAndVersions()).toContainEqual(['production', '1.0.1', false]);
  await removeLabel(context, { ...set.ref, name: 'production', from: '1.0.1', reason: 'Not needed' });
  expect(await namesAndVersions()).not.toContainEqual(expect.arrayContaining(['production']));
  const { data } = await listLabelMoves(context, { ...set.ref, name: 'production', limit: 50 });
  expect(data.map(({ from, to, reason, author }) => [from, to, reason, author.name])).toEqual([
    ['1.0.1', null, 'Not needed', 'Mara'],
    ['1.0.2', '1.0.1', 'Back: it said too much', 'Mara'],
    ['1.0.0', '1.0.2', 'New texts', 'Mara'],
    [null, '1.0.0', 'First', 'Mara'],
  ]);
});

describe('somebody else was first', () => {
  test('moving from a version that it no longer names is a conflict that says where it is', async () => {
    await move('staging', null, '1.0.0');
    await move('staging', '1.0.0', '1.0.1');
    await expect(move('staging', '1.0.0', '1.0.2')).rejects.toMatchObject({
      code: 'CONFLICT',
      reason: 'label_moved',
      data: { version: '1.0.1' },
    });
    await expect(move('staging', null, '1.0.2')).rejects.toMatchObject({ reason: 'label_moved' });
  });

  test('of many who make or move the same label at once exactly one succeeds', async () => {
    const made = await Promise.allSettled(Array.from({ length: 12 }, () => move('race', null, '1.0.0')));
    expect(made.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    const moved = await Promise.allSettled(Array.from({ length: 12 }, () => move('race', '1.0.0', '1.0.1')));
    expect(moved.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    const { data } = await listLabelMoves(context, { ...set.ref, name: 'race', limit: 50 });
    expect(data).toHaveLength(2);
  });
});

test('names that read as a range or are no names are refused, and versions that don’t exist', async () => {
  for (const name of ['x', 'v1', '1.0', 'Production', 'draft', 'a b', '']) {
    await expect(move(name, null, '1.0.0')).rejects.toMatchObject({ details: [{ field: 'name' }] });
  }
  await expect(move('beta', null, '9.9.9')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
