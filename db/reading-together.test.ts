import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { plantOrganisation, type Planted } from '#tests/support/planted-rows.ts';
import { connect, type Database } from './connections.ts';
import { Project } from './models/index.ts';
import { currentTransaction, inOrganisation, readingTogether } from './tenancy.ts';

let testDatabase: TestDatabase;
let database: Database;
let ours: Planted;
let theirs: Planted;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url, poolSize: 2 });
  ours = await plantOrganisation(database);
  theirs = await plantOrganisation(database);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const inOurs = <T>(work: () => Promise<T>) => inOrganisation(database, ours.organisationId, work);
const inTheirs = <T>(work: () => Promise<T>) => inOrganisation(database, theirs.organisationId, work);

/** When the transaction began that this runs in: one moment for all its statements. */
async function startOfTransaction(): Promise<string> {
  const { rows } = await currentTransaction().raw<{ rows: { at: string }[] }>(
    'select transaction_timestamp()::text || pg_backend_pid() as at',
  );
  return rows[0]?.at ?? '';
}
const projectsSeen = async () => (await Project.query()).map(({ organisationId }) => organisationId);

test('what reads at once reads in one transaction, also inside each other', async () => {
  const starts = await readingTogether(database, () =>
    Promise.all([
      inOurs(startOfTransaction),
      inOurs(() => inOurs(startOfTransaction)),
      inOurs(startOfTransaction),
    ]),
  );
  expect(new Set(starts).size).toBe(1);
  expect(await inOurs(startOfTransaction)).not.toBe(starts[0]);
});

test('nothing can be written', async () => {
  const writing = readingTogether(database, () =>
    inOurs(async () => await Project.query().patch({ name: 'Other' })),
  );
  await expect(writing).rejects.toThrow(/read-only transaction/);
});

test('each organisation sees its own rows alone, in whatever order they are asked for', async () => {
  const seen = await readingTogether(database, () =>
    Promise.all([inOurs(projectsSeen), inTheirs(projectsSeen), inOurs(projectsSeen)]),
  );
  expect(seen.map((ids) => [...new Set(ids)])).toEqual([
    [ours.organisationId],
    [theirs.organisationId],
    [ours.organisationId],
  ]);
});

test('a statement that fails fails its own work alone', async () => {
  const answers = await readingTogether(database, () =>
    Promise.allSettled([
      inOurs(() => currentTransaction().raw('select 1 / 0')),
      inOurs(projectsSeen),
      inOurs(() => Promise.reject(new Error('not there'))),
      inOurs(projectsSeen),
    ]),
  );
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
});

test('what it began and did not await has a transaction of its own afterwards, and may write', async () => {
  let later: Promise<number> | undefined;
  let end = () => undefined as void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  await readingTogether(database, async () => {
    await inOurs(projectsSeen);
    later = ended.then(() =>
      inOurs(async () => await Project.query().patch({ description: 'Written later' })),
    );
  });
  end();
  expect(await later).toBe(1);
});

test('every connection comes back: twenty pages over a pool of two', async () => {
  const pages = Array.from({ length: 20 }, () =>
    readingTogether(database, () => Promise.all([inOurs(projectsSeen), inOurs(startOfTransaction)])),
  );
  expect((await Promise.all(pages)).length).toBe(20);
  expect(await inOurs(projectsSeen)).toHaveLength(1);
});
