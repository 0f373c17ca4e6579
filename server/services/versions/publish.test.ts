import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { currentTransaction, inOrganisation } from '#db/tenancy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import { AppError } from '../../errors.ts';
import type { Context } from '../context.ts';
import { createPrompt, updatePrompt } from '../prompts.ts';
import { getNextVersion } from './proposal.ts';
import { publishVersion } from './publish.ts';
import { getVersionPrompt, listVersionPrompts } from './prompts.ts';
import { listVersions } from './read.ts';

const POOL_SIZE = 10;
/** More work at once than connections: work that took a second one while holding a first would hang for ever. */
const AT_ONCE = 3 * POOL_SIZE;

let testDatabase: TestDatabase;
let database: Database;
let account: TestAccount;
let context: Context;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url, poolSize: POOL_SIZE });
  account = await registerTestAccount(database);
  context = account.context;
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

async function publish(set: TestSet, input: { number?: string; changelog?: string } = {}) {
  const { checksum } = await getNextVersion(context, set.ref);
  return publishVersion(context, { ...set.ref, changelog: '', checksum, ...input });
}

async function save(set: TestSet, slug: string, content: ReturnType<typeof textPrompt>) {
  const prompt = set.prompts[slug];
  if (!prompt) throw new Error(`The set has no prompt ${slug}`);
  set.prompts[slug] = await updatePrompt(context, {
    prompt_id: prompt.id,
    revision: prompt.revision,
    content,
  });
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'fulfilled';
  } catch (error) {
    if (error instanceof AppError) return error.reason;
    throw error;
  }
}

describe('the number', () => {
  test('of a first version is 1.0.0, then what the contract asks for', async () => {
    const set = await makeSet(context, { hello: textPrompt('Hello {{ name }}', ['name']) });
    expect((await publish(set)).number).toBe('1.0.0');

    await save(set, 'hello', textPrompt('Hi {{ name }}', ['name']));
    expect((await publish(set)).number).toBe('1.0.1');

    await save(set, 'hello', textPrompt('Hi {{ name }}, {{ tone }}', ['name', 'tone?=warm']));
    expect((await publish(set)).number).toBe('1.1.0');

    await save(set, 'hello', textPrompt('Hi {{ who }}, {{ tone }}', ['who', 'tone?=warm']));
    const next = await getNextVersion(context, set.ref);
    expect(next).toMatchObject({
      number: '2.0.0',
      base: '1.1.0',
      level: 'major',
      witness: { prompt: 'hello' },
    });
    expect((await publish(set)).number).toBe('2.0.0');
  });

  test('may be higher or a pre-release of an allowed one, never lower or used', async () => {
    const set = await makeSet(context, { hello: textPrompt('Hello {{ name }}', ['name']) });
    await publish(set);
    await save(set, 'hello', textPrompt('Hi {{ who }}', ['who']));
    expect(await reasonOf(publish(set, { number: '1.5.0' }))).toBe('version.refused');
    expect(await reasonOf(publish(set, { number: '1.0.0' }))).toBe('version.refused');
    expect(await reasonOf(publish(set, { number: '2.0.0+build' }))).toBe('version.refused');
    expect((await publish(set, { number: '2.0.0-rc.1' })).number).toBe('2.0.0-rc.1');
    // The pre-release's content may be released: it is compared with the last release.
    expect((await publish(set, { number: '3.0.0' })).number).toBe('3.0.0');
  });
});

describe('what can’t be published', () => {
  test('is the content of the newest release, again', async () => {
    const set = await makeSet(context, { hello: textPrompt('Hello') });
    await publish(set);
    const error = await publish(set).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'CONFLICT',
      reason: 'nothing_changed',
      message: 'Nothing has changed since 1.0.0.',
    });
  });

  test('is a draft that somebody saved since it was shown, and the answer says what came in', async () => {
    const set = await makeSet(context, { hello: textPrompt('Hello') });
    const seen = await getNextVersion(context, set.ref);
    await save(set, 'hello', textPrompt('Hello there'));
    const error = await publishVersion(context, { ...set.ref, changelog: '', checksum: seen.checksum }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'CONFLICT', reason: 'draft_changed' });
    expect((error as AppError).data).toMatchObject({ next_version: { number: '1.0.0' } });
  });

  test('is a template that reads what does not exist, or renders what is not there', async () => {
    const unknown = await makeSet(context, { hello: textPrompt('Hello {{ nobody }}') });
    expect(await reasonOf(publish(unknown))).toBe('draft.invalid');
    const missing = await makeSet(context, { hello: textPrompt("{% render 'tone' %}") });
    expect(await reasonOf(publish(missing))).toBe('draft.invalid');
    const loop = await makeSet(context, {
      a: textPrompt("{% render 'b' %}"),
      b: textPrompt("{% render 'a' %}"),
    });
    expect(await reasonOf(publish(loop))).toBe('draft.invalid');
  });

  test('is a set without prompts', async () => {
    const set = await makeSet(context, {});
    expect(await reasonOf(publish(set))).toBe('draft.invalid');
  });
});

test('a version keeps what it was published with, whatever the draft becomes', async () => {
  const set = await makeSet(context, { hello: textPrompt('Hello'), bye: textPrompt('Bye') });
  await publish(set);
  await save(set, 'hello', textPrompt('Hello again'));
  await createPrompt(context, { ...set.ref, name: 'New', slug: 'new', content: textPrompt('New') });
  await publish(set);
  const textsOf = async (number: string) => {
    const texts: unknown[] = [];
    for (const { slug } of (await listVersionPrompts(context, { ...set.ref, number, limit: 100 })).data) {
      const { content } = await getVersionPrompt(context, { ...set.ref, number, prompt: slug });
      texts.push([slug, content.kind === 'text' && content.template]);
    }
    return texts;
  };
  expect(await textsOf('1.0.0')).toEqual([
    ['bye', 'Bye'],
    ['hello', 'Hello'],
  ]);
  expect(await textsOf('1.1.0')).toEqual([
    ['bye', 'Bye'],
    ['hello', 'Hello again'],
    ['new', 'New'],
  ]);
});

test('publishing many prompts of which one changed adds one change row', async () => {
  const prompts = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`p-${n}`, textPrompt(`Text ${n}`)]),
  );
  const set = await makeSet(context, prompts);
  await publish(set);
  await save(set, 'p-7', textPrompt('Another text'));
  await publish(set);
  const rows = await inOrganisation(database, account.organisationId, () =>
    currentTransaction().table('versionChanges').where({ setId: set.id }).select('slug', 'fromOrdinal'),
  );
  expect(rows.filter((row: { fromOrdinal: number }) => row.fromOrdinal === 2)).toEqual([
    { slug: 'p-7', fromOrdinal: 2 },
  ]);
});

describe(`${AT_ONCE} at once over a pool of ${POOL_SIZE}`, () => {
  test('publications of as many sets all succeed', async () => {
    const sets = await Promise.all(
      Array.from({ length: AT_ONCE }, () => makeSet(context, { hello: textPrompt('Hello') })),
    );
    const published = await Promise.all(sets.map((set) => publish(set)));
    expect(published.map((version) => version.number)).toEqual(sets.map(() => '1.0.0'));
  });

  test('publications of one unchanged set: one succeeds, all others hear that nothing has changed', async () => {
    const set = await makeSet(context, { hello: textPrompt('Hello') });
    const { checksum } = await getNextVersion(context, set.ref);
    const reasons = await Promise.all(
      Array.from({ length: AT_ONCE }, () =>
        reasonOf(publishVersion(context, { ...set.ref, changelog: '', checksum })),
      ),
    );
    expect(reasons.filter((reason) => reason === 'fulfilled')).toHaveLength(1);
    expect(reasons.filter((reason) => reason === 'nothing_changed')).toHaveLength(AT_ONCE - 1);
  });

  test('loops of save and publish with retry end in consecutive numbers, and nothing saved stays unpublished', async () => {
    const set = await makeSet(context, { hello: textPrompt('Hello') });
    await publish(set);
    const published = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => saveAndPublish(set, n)));
    const count = published.filter(Boolean).length;
    const { data } = await listVersions(context, { ...set.ref, limit: 100 });
    const expected = Array.from({ length: count + 1 }, (_, n) => `1.${n}.0`).reverse();
    expect(data.map((version) => version.number)).toEqual(expected);
    expect(data[0]?.prompt_count).toBe(AT_ONCE + 1);
  });

  /** @returns whether the version is this one's own: somebody else's may have taken the change along */
  async function saveAndPublish(set: TestSet, n: number): Promise<boolean> {
    const slug = `p-${n}`;
    await createPrompt(context, { ...set.ref, name: slug, slug, content: textPrompt(`Text ${n}`) });
    for (let attempt = 0; attempt < 1_000; attempt++) {
      const reason = await reasonOf(publish(set));
      if (reason === 'fulfilled') return true;
      if (reason === 'nothing_changed') return false;
      expect(['draft_changed', 'busy']).toContain(reason);
    }
    throw new Error('It never got its turn');
  }
});
