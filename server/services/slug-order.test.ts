import { compareSlugs } from '@anvil/core/slug';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { makeSet, textPrompt } from '#tests/support/prompts.ts';
import type { Context } from './context.ts';
import { createProject, listProjects } from './projects.ts';
import { createPromptSet, listPromptSets } from './prompt-sets.ts';
import { createPrompt, listPrompts, updatePrompt } from './prompts.ts';
import { getNextVersion } from './versions/proposal.ts';
import { listVersionPrompts } from './versions/prompts.ts';
import { publishVersion } from './versions/publish.ts';

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

const [sample = []] = fc.sample(
  fc.uniqueArray(fc.stringMatching(/^[a-b0-2_-]{0,5}[a-b0-2]$/), { minLength: 80, maxLength: 80 }),
  { numRuns: 1, seed: 15 },
);
const SLUGS = [...sample.filter((slug) => /^[a-z0-9]/.test(slug)), 'rule-1', 'rule-2', 'rule-10', 'rule-010'];
const sorted = () => [...new Set(SLUGS)].sort(compareSlugs);

/** All slugs of a list that is read in pages of seven. */
async function readPages(
  list: (page: { limit: number; cursor?: string }) => Promise<{
    data: { slug: string }[];
    meta: { cursor: string | null };
  }>,
): Promise<string[]> {
  const slugs: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await list({ limit: 7, cursor });
    slugs.push(...page.data.map(({ slug }) => slug));
    if (page.meta.cursor === null) return slugs;
    cursor = page.meta.cursor;
  }
}

test('prompts of a draft and of a version come in natural order, page by page', async () => {
  const set = await makeSet(context, Object.fromEntries(SLUGS.map((slug) => [slug, textPrompt('Hello')])));
  expect(await readPages((page) => listPrompts(context, { ...set.ref, ...page, archived: false }))).toEqual(
    sorted(),
  );
  const { checksum } = await getNextVersion(context, set.ref);
  await publishVersion(context, { ...set.ref, changelog: '', checksum });
  expect(
    await readPages((page) => listVersionPrompts(context, { ...set.ref, ...page, number: '1.0.0' })),
  ).toEqual(sorted());
});

test('projects, and the prompt sets of one and of all projects, come in natural order, page by page', async () => {
  const other = await registerTestAccount(database);
  for (const slug of ['team-10', 'team-9', 'team-1']) {
    const project = await createProject(other.context, { name: slug, slug, description: '' });
    for (const set of ['set-2', 'set-11', 'set-1', 'set-12', 'set-3']) {
      await createPromptSet(other.context, { project: project.id, name: set, slug: set, description: '' });
    }
  }
  const projects = await readPages((page) => listProjects(other.context, { ...page, limit: 2 }));
  expect(projects).toEqual(['team-1', 'team-9', 'team-10']);
  const sets = ['set-1', 'set-2', 'set-3', 'set-11', 'set-12'];
  expect(
    await readPages((page) => listPromptSets(other.context, { ...page, limit: 2, project: 'team-9' })),
  ).toEqual(sets);
  expect(await readPages((page) => listPromptSets(other.context, page))).toEqual([...sets, ...sets, ...sets]);
});

test('a search finds prompts by a part of their slug or name, in upper or lower case', async () => {
  const set = await makeSet(context, { refund: textPrompt('A'), welcome: textPrompt('B') });
  await createPrompt(context, { ...set.ref, name: 'مرحبا بالعملاء', content: textPrompt('C') });
  const found = async (search: string) =>
    (await listPrompts(context, { ...set.ref, limit: 50, archived: false, search })).data.map(
      ({ slug }) => slug,
    );
  expect(await found('FUN')).toEqual(['refund']);
  expect(await found('بالعملاء')).toEqual(['prompt']);
  expect(await found('%')).toEqual([]);
  expect(await found('')).toEqual(['prompt', 'refund', 'welcome']);
  await updatePrompt(context, {
    prompt_id: set.prompts.welcome?.id ?? '',
    revision: 1,
    name: 'Begrüßung für ÄRZTE',
  });
  expect(await found('ärzte')).toEqual(['welcome']);
});
