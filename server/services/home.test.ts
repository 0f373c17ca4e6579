import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { addTestMember, createTestApiKey, registerTestAccount } from '#tests/support/factories.ts';
import { actingAs } from '#tests/support/context.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import type { Context } from './context.ts';
import { getHome } from './home.ts';
import { moveLabel } from './labels.ts';
import { archivePrompt } from './prompt-archive.ts';
import { createPrompt, updatePrompt } from './prompts.ts';
import { getNextVersion } from './versions/proposal.ts';
import { publishVersion } from './versions/publish.ts';

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

async function publish(context: Context, set: TestSet): Promise<void> {
  const { checksum } = await getNextVersion(context, set.ref);
  await publishVersion(context, { ...set.ref, checksum, changelog: '' });
}

test('before anything was made it is empty, and says who may start', async () => {
  const account = await registerTestAccount(database, { name: 'Grace' });
  const { organisationSlug: slug, context } = account;
  expect(await getHome(context, {})).toEqual({
    organisation: { slug, name: 'Grace' },
    ...{ empty: true, can_write: true, projects: [], sets: [], activity: [] },
  });
  const viewer = actingAs(context, await addTestMember(account, 'viewer'));
  expect(await getHome(viewer, {})).toMatchObject({ empty: true, can_write: false });
});

test('a set shows its newest release, its labels, and how many prompts differ from the release', async () => {
  const { context } = await registerTestAccount(database);
  const set = await makeSet(context, { a: textPrompt('A'), b: textPrompt('B'), c: textPrompt('C') });
  const setOf = async () => (await getHome(context, {})).sets[0];
  expect(await setOf()).toEqual({ address: set.address, latest: null, unpublished: 3, labels: [] });

  await publish(context, set);
  await moveLabel(context, { ...set.ref, name: 'production', from: null, to: '1.0.0', reason: '' });
  const labels = [{ name: 'production', version: '1.0.0' }];
  expect(await setOf()).toEqual({ address: set.address, latest: '1.0.0', unpublished: 0, labels });

  const save = (revision: number, text: string) =>
    updatePrompt(context, { prompt_id: set.prompts.a?.id ?? '', revision, content: textPrompt(text) });
  await save(1, 'A, changed');
  expect((await setOf())?.unpublished).toBe(1);
  await archivePrompt(context, { prompt_id: set.prompts.b?.id ?? '', revision: 1 });
  await createPrompt(context, { ...set.ref, name: 'D', content: textPrompt('D') });
  expect((await setOf())?.unpublished).toBe(3);
  await save(2, 'A');
  expect((await setOf())?.unpublished).toBe(2);
  await publish(context, set);
  expect(await setOf()).toMatchObject({ latest: '2.0.0', unpublished: 0, labels });
});

test('what was done lately stands there, the newest first, with who did it', async () => {
  const account = await registerTestAccount(database, { name: 'Grace' });
  const { context } = account;
  const set = await makeSet(context, { a: textPrompt('A') });
  const key = await createTestApiKey(account, { name: 'Deployer' });
  await publish(actingAs(context, key.actor), set);
  const { activity, projects } = await getHome(context, {});
  expect(activity.map(({ action, address, author }) => [action, address, author])).toEqual([
    ['version.publish', `${set.address}@1.0.0`, 'Deployer'],
    ['prompt.create', `${set.address}/a`, 'Grace'],
    ['prompt_set.create', set.address, 'Grace'],
  ]);
  expect(projects).toMatchObject([{ sets: 1 }]);
});

test('a key that is limited to a project sees nothing of the others', async () => {
  const account = await registerTestAccount(database);
  const [own, other] = [
    await makeSet(account.context, { a: textPrompt('A') }),
    await makeSet(account.context, { a: textPrompt('A') }),
  ];
  const [project = ''] = own.address.split('/');
  const { actor } = await createTestApiKey(account, { projects: [project] });
  const home = await getHome(actingAs(account.context, actor), {});
  expect(home.projects.map(({ slug }) => slug)).toEqual([project]);
  expect(home.sets.map(({ address }) => address)).toEqual([own.address]);
  expect(home.activity.length).toBe(2);
  expect(JSON.stringify(home)).not.toContain(other.address);
});
