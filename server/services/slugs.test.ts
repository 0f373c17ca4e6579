import fc from 'fast-check';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SLUG_PATTERN, uniqueSlug } from '@anvil/core/slug';
import { connect, type Database } from '#db/connections.ts';
import { Project, ReservedSlug } from '#db/models/index.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { inTestOrganisation, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { makeSet, textPrompt } from '#tests/support/prompts.ts';
import { createPrompt } from './prompts.ts';
import { freeSlug } from './slugs.ts';

let testDatabase: TestDatabase;
let database: Database;
let account: TestAccount;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  account = await registerTestAccount(database);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const ROLLBACK = new Error('The test undoes what it wrote');

/** What `work` returns, in a transaction that is rolled back. */
async function undone<T>(work: () => Promise<T>): Promise<T> {
  let result: T | undefined;
  await inTestOrganisation(account, async () => {
    result = await work();
    throw ROLLBACK;
  }).catch((error: unknown) => {
    if (error !== ROLLBACK) throw error;
  });
  return result as T;
}

/** Takes slugs: the first half by projects, the rest because something was published under them. */
async function takeSlugs(slugs: readonly string[]): Promise<void> {
  const { organisationId } = account;
  const half = Math.ceil(slugs.length / 2);
  const rows = slugs.map((slug) => ({ organisationId, id: uuidv7(), slug, name: slug, description: '' }));
  const reserved = rows
    .slice(half)
    .map(({ id, slug }) => ({ organisationId, parentId: organisationId, slug, thingId: id }));
  if (half > 0) await Project.query().insert(rows.slice(0, half));
  if (reserved.length > 0) await ReservedSlug.query().insert(reserved);
}

const chooseSlug = (name: string) =>
  freeSlug({ parentId: account.organisationId, name, fallback: 'project', siblings: Project.query() });

describe('a slug made from a name', () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'a-2', 'a_b', 'a-b'),
    fc
      .tuple(fc.integer({ min: 57, max: 64 }), fc.constantFrom('', 'b', '-b', '_-c', '_7'))
      .map(([length, end]) => `${'a'.repeat(length)}${end}`.slice(0, 64))
      .filter((text) => SLUG_PATTERN.test(text)),
  );

  it('is the first free one, whatever is taken or reserved', async () => {
    await fc.assert(
      fc.asyncProperty(
        name,
        fc.integer({ min: 0, max: 120 }),
        fc.array(name, { maxLength: 3 }),
        async (base, count, others) => {
          const taken = new Set(others);
          for (let n = 0; n < count; n++) taken.add(uniqueSlug(base, (slug) => taken.has(slug)));
          const made = await undone(async () => {
            await takeSlugs([...taken]);
            return chooseSlug(base);
          });
          expect(made).toBe(uniqueSlug(base, (slug) => taken.has(slug)));
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);

  it('needs as many queries if 2,000 are taken as if none is', async () => {
    const queries = (taken: number) =>
      undone(async () => {
        await takeSlugs(Array.from({ length: taken }, (_, n) => (n === 0 ? 'b' : `b-${n + 1}`)));
        let count = 0;
        const add = () => void count++;
        database.knex.on('query', add);
        const slug = await chooseSlug('b');
        database.knex.off('query', add);
        return [slug, count];
      });
    expect(await queries(0)).toEqual(['b', 2]);
    expect(await queries(2_000)).toEqual(['b-2001', 2]);
  });

  it('is a different one for each of 50 prompts of one name that are created at the same time', async () => {
    const { context } = account;
    const set = await makeSet(context, {});
    const made = await Promise.all(
      Array.from({ length: 50 }, () =>
        createPrompt(context, { set_id: set.id, name: 'Same', content: textPrompt('Hello') }),
      ),
    );
    const expected = Array.from({ length: 50 }, (_, n) => (n === 0 ? 'same' : `same-${n + 1}`));
    expect(made.map(({ slug }) => slug).sort()).toEqual(expected.sort());
  });
});
