import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import type { Context } from '../context.ts';
import { archivePrompt } from '../prompt-archive.ts';
import { createPrompt } from '../prompts.ts';
import { getPromptSet } from '../prompt-sets.ts';
import { getVersionPrompt, listVersionPrompts } from './prompts.ts';
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

async function publish(set: TestSet) {
  const { checksum } = await getNextVersion(context, set.ref);
  await publishVersion(context, { ...set.ref, changelog: '', checksum });
}

/** The slugs of a version, read page by page. */
async function slugsOf(set: TestSet, number: string, limit: number): Promise<string[]> {
  const slugs: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await listVersionPrompts(context, { ...set.ref, number, cursor, limit });
    slugs.push(...page.data.map(({ slug }) => slug));
    expect(page.data.length).toBeLessThanOrEqual(limit);
    if (!page.meta.cursor) return slugs;
    cursor = page.meta.cursor;
  }
}

test('pages through a version give each of its prompts once, by slug, whatever came and went since', async () => {
  const named = Object.fromEntries(
    ['e', 'b', 'd', 'a', 'c'].map((slug) => [slug, textPrompt(`Text ${slug}`)]),
  );
  const set = await makeSet(context, named);
  await publish(set);
  const { id, revision } = set.prompts.b ?? { id: '', revision: 0 };
  await archivePrompt(context, { prompt_id: id, revision });
  await createPrompt(context, { ...set.ref, name: 'F', slug: 'f', content: textPrompt('Text f') });
  await publish(set);
  for (const limit of [1, 2, 3, 100]) {
    expect(await slugsOf(set, '1.0.0', limit)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await slugsOf(set, '2.0.0', limit)).toEqual(['a', 'c', 'd', 'e', 'f']);
  }
});

test('a prompt of a version is what was published, and missing where the version lacks it', async () => {
  const set = await makeSet(context, { hello: textPrompt('Hello') });
  await publish(set);
  await createPrompt(context, { ...set.ref, name: 'Later', slug: 'later', content: textPrompt('Later') });
  const [listed] = (await listVersionPrompts(context, { ...set.ref, number: '1.0.0', limit: 10 })).data;
  const hello = await getVersionPrompt(context, { ...set.ref, number: 'v1.0.0', prompt: 'hello' });
  expect(hello).toMatchObject({ slug: 'hello', sha256: listed?.sha256, content: { template: 'Hello' } });
  expect(hello.address).toMatch(/\/hello@1\.0\.0$/);
  for (const [number, prompt] of [
    ['1.0.0', 'later'],
    ['1.0.1', 'hello'],
  ] as const) {
    await expect(getVersionPrompt(context, { ...set.ref, number, prompt })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  }
});

test('a set says how many prompts, versions and labels it has', async () => {
  const set = await makeSet(context, { hello: textPrompt('Hello'), bye: textPrompt('Bye') });
  expect((await getPromptSet(context, set.ref)).counts).toEqual({ prompts: 2, versions: 0, labels: 0 });
  await publish(set);
  expect((await getPromptSet(context, set.ref)).counts).toEqual({ prompts: 2, versions: 1, labels: 1 });
});
