import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { asAdmin } from '#db/embedded/roles.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { addTestMember, createTestApiKey, registerTestAccount } from '#tests/support/factories.ts';
import { actingAs } from '#tests/support/context.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import type { Context } from './context.ts';
import { getHome } from './home.ts';
import { moveLabel } from './labels.ts';
import { archivePrompt, restorePrompt } from './prompt-archive.ts';
import { listPromptSets } from './prompt-sets.ts';
import { createPrompt, getPrompt, updatePrompt } from './prompts.ts';
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

async function publish(context: Context, set: TestSet, number?: string): Promise<void> {
  const { checksum } = await getNextVersion(context, set.ref);
  await publishVersion(context, { ...set.ref, number, checksum, changelog: '' });
}

test('before anything was made it is empty, and says who may start', async () => {
  const account = await registerTestAccount(database, { name: 'Grace' });
  const { organisationSlug: slug, context } = account;
  expect(await getHome(context, {})).toEqual({
    organisation: { slug, name: 'Grace' },
    ...{ empty: true, can_write: true, has_sets: false, projects: [], activity: [] },
    ...{ unpublished: { data: [], has_more: false }, published: { data: [], has_more: false } },
  });
  const viewer = actingAs(context, await addTestMember(account, 'viewer'));
  expect(await getHome(viewer, {})).toMatchObject({ empty: true, can_write: false });
});

test('home lists what differs from the newest release, and what is published with its labels', async () => {
  const { context } = await registerTestAccount(database);
  const set = await makeSet(context, { a: textPrompt('A'), b: textPrompt('B'), c: textPrompt('C') });
  const { address } = set;
  const unpublished = async () => (await getHome(context, {})).unpublished.data;
  const published = async () => (await getHome(context, {})).published.data;
  expect(await unpublished()).toEqual([{ address, latest: null, changed_prompts: 3 }]);
  expect(await published()).toEqual([]);

  await publish(context, set);
  await moveLabel(context, { ...set.ref, name: 'production', from: null, to: '1.0.0', reason: '' });
  const labels = [{ name: 'production', version: '1.0.0' }];
  expect(await unpublished()).toEqual([]);
  expect(await published()).toEqual([{ address, latest: '1.0.0', labels }]);

  const save = (revision: number, text: string) =>
    updatePrompt(context, { prompt_id: set.prompts.a?.id ?? '', revision, content: textPrompt(text) });
  await save(1, 'A, changed');
  expect(await unpublished()).toEqual([{ address, latest: '1.0.0', changed_prompts: 1 }]);
  await archivePrompt(context, { prompt_id: set.prompts.b?.id ?? '', revision: 1 });
  await createPrompt(context, { ...set.ref, name: 'D', content: textPrompt('D') });
  expect(await unpublished()).toEqual([{ address, latest: '1.0.0', changed_prompts: 3 }]);
  await save(2, 'A');
  expect(await unpublished()).toEqual([{ address, latest: '1.0.0', changed_prompts: 2 }]);
  await publish(context, set, '2.0.0-rc.1');
  expect(await unpublished()).toEqual([{ address, latest: '1.0.0', changed_prompts: 2 }]);
  await publish(context, set);
  expect(await unpublished()).toEqual([]);
  expect(await published()).toEqual([{ address, latest: '2.0.0', labels }]);
});

test('a prompt that is restored long after the release is an unpublished change, and its last save stays', async () => {
  const account = await registerTestAccount(database);
  const { context } = account;
  const set = await makeSet(context, { a: textPrompt('A'), b: textPrompt('B') });
  const id = set.prompts.b?.id ?? '';
  await archivePrompt(context, { prompt_id: id, revision: 1 });
  await publish(context, set);
  await asAdmin(testDatabase.adminUrl, (admin) =>
    admin.query("update prompts set updated_at = updated_at - interval '2 days'"),
  );
  expect((await getHome(context, {})).unpublished.data).toEqual([]);
  const before = await getPrompt(context, { prompt_id: id });
  const restored = await restorePrompt(context, { prompt_id: id, revision: 1 });
  expect(restored.updated_at).toBe(before.updated_at);
  expect((await getHome(context, {})).unpublished.data).toEqual([
    { address: set.address, latest: '1.0.0', changed_prompts: 1 },
  ]);
});

test('a forgotten draft is listed, however many sets were edited and published after it', async () => {
  const { context } = await registerTestAccount(database);
  const forgotten = await makeSet(context, { a: textPrompt('A') });
  for (let made = 0; made < 13; made++)
    await publish(context, await makeSet(context, { a: textPrompt('A') }));
  const home = await getHome(context, {});
  expect(home.unpublished).toEqual({
    data: [{ address: forgotten.address, latest: null, changed_prompts: 1 }],
    has_more: false,
  });
  expect([home.published.data.length, home.published.has_more]).toEqual([12, true]);
});

test('unpublished drafts are listed by their last edit, the newest twelve', async () => {
  const { context } = await registerTestAccount(database);
  const addresses: string[] = [];
  for (let made = 0; made < 13; made++)
    addresses.unshift((await makeSet(context, { a: textPrompt('A') })).address);
  const { unpublished } = await getHome(context, {});
  expect(unpublished.data.map(({ address }) => address)).toEqual(addresses.slice(0, 12));
  expect(unpublished.has_more).toBe(true);
});

test('the newest release is the one with the highest number, not the one with the highest digit', async () => {
  const { context } = await registerTestAccount(database);
  const set = await makeSet(context, { a: textPrompt('A') });
  await publish(context, set, '0.9.0');
  const { id = '' } = set.prompts.a ?? {};
  await updatePrompt(context, { prompt_id: id, revision: 1, content: textPrompt('B') });
  await publish(context, set, '0.10.0');
  const { published, unpublished } = await getHome(context, {});
  expect([published.data[0]?.latest, unpublished.data]).toEqual(['0.10.0', []]);
  const latest = async () => (await listPromptSets(context, { limit: 50 })).data.map((one) => one.latest);
  expect(await latest()).toEqual(['0.10.0']);
  await updatePrompt(context, { prompt_id: id, revision: 2, content: textPrompt('C') });
  await publish(context, set, '0.11.0-rc.1');
  expect(await latest()).toEqual(['0.10.0']);
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
  expect(home.unpublished.data.map(({ address }) => address)).toEqual([own.address]);
  expect(home.activity.length).toBe(2);
  expect(JSON.stringify(home)).not.toContain(other.address);
});
