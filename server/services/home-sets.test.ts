import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { asAdmin } from '#db/embedded/roles.ts';
import { currentTransaction, inOrganisation } from '#db/tenancy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import type { TestContext } from '#tests/support/context.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import type { HomeView } from '../schemas/home.ts';
import { getHome } from './home.ts';
import { importPrompts } from './imports/import-prompts.ts';
import { archivePrompt, restorePrompt } from './prompt-archive.ts';
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

/** Compares each whole draft with its whole release. */
async function compareAll(organisationId: string): Promise<HomeView['unpublished']['data']> {
  const { rows } = await inOrganisation(database, organisationId, () =>
    currentTransaction().raw<{ rows: HomeView['unpublished']['data'] }>(`
      select p.slug || '/' || s.slug as address, r.number as latest, count(*)::int as changed_prompts
      from prompt_sets s join projects p on p.id = s.project_id
        left join lateral (
          select ordinal, number from versions v where v.set_id = s.id and v.number !~ '-'
          order by string_to_array(v.number, '.')::bigint[] desc limit 1
        ) r on true
        cross join lateral (
          select from (select slug, content_sha256 from prompts where set_id = s.id and archived_at is null) d
            full join (
              select distinct on (slug) slug, content_sha256 from version_changes
              where set_id = s.id and from_ordinal <= r.ordinal order by slug, from_ordinal desc
            ) c using (slug)
          where d.content_sha256 is distinct from c.content_sha256
        ) changed
      group by p.slug, s.slug, s.id, r.number
      order by (select max(updated_at) from prompts where set_id = s.id) desc, address`),
  );
  return rows;
}

/** One thing that people do with a set. @throws what they are told, such as that nothing has changed */
type Step = (context: TestContext, set: TestSet) => Promise<unknown>;

const publish =
  (number?: string): Step =>
  async (context, set) => {
    const { checksum } = await getNextVersion(context, set.ref);
    return publishVersion(context, { ...set.ref, number, checksum, changelog: '' });
  };

const save =
  (slug: string, text: string): Step =>
  async (context, set) => {
    const id = set.prompts[slug]?.id ?? '';
    const { revision } = await getPrompt(context, { prompt_id: id });
    return updatePrompt(context, { prompt_id: id, revision, content: textPrompt(text) });
  };

const setArchived =
  (slug: string, archived: boolean): Step =>
  async (context, set) => {
    const id = set.prompts[slug]?.id ?? '';
    const { revision } = await getPrompt(context, { prompt_id: id });
    return (archived ? archivePrompt : restorePrompt)(context, { prompt_id: id, revision });
  };

const importRows =
  (text: string): Step =>
  (context, set) => {
    const rows = (async function* () {
      yield await Promise.resolve({ row: 1, name: 'Imported', prompt: text });
    })();
    return importPrompts(context, { ...set.ref, placeholders: 'none' }, rows, () => undefined);
  };

const create: Step = (context, set) =>
  createPrompt(context, { ...set.ref, name: 'New', content: textPrompt('New') });

const atOnce =
  (...steps: Step[]): Step =>
  (context, set) =>
    Promise.all(steps.map((step) => step(context, set).catch(() => undefined)));

const slug = fc.constantFrom('a', 'b');
const text = fc.constantFrom('Text 1', 'Text 2');
const single: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(slug, text).map(([which, what]) => save(which, what)),
  fc.tuple(slug, fc.boolean()).map(([which, archived]) => setArchived(which, archived)),
  text.map(importRows),
  fc.constant(create),
  fc.constant(publish()),
  fc.constant(publish('9.0.0-rc.1')),
);
const step = fc.oneof(
  { weight: 3, arbitrary: single },
  { weight: 1, arbitrary: fc.tuple(single, single).map((steps) => atOnce(...steps)) },
);

test('home lists exactly the sets that differ from their release, whatever was done in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), step), { minLength: 4, maxLength: 14 }),
      async (steps) => {
        const { context, organisationId } = await registerTestAccount(database);
        const prompts = { a: textPrompt('Text 1'), b: textPrompt('Text 1') };
        const sets = [await makeSet(context, prompts), await makeSet(context, prompts)] as const;
        for (const [isFirst, run] of steps) {
          await run(context, sets[isFirst ? 0 : 1]).catch(() => undefined);
          const { unpublished } = await getHome(context, {});
          expect(unpublished.data).toEqual(await compareAll(organisationId));
        }
      },
    ),
    { numRuns: 12 },
  );
});

test('a publication waits for a save that has begun, so no save is missed', async () => {
  const { context, organisationId } = await registerTestAccount(database);
  const set = await makeSet(context, { a: textPrompt('Text 1') });
  await publish()(context, set);
  await create(context, set);
  let commit = (): void => undefined;
  const held = new Promise<void>((resolve) => (commit = resolve));
  let saved = (): void => undefined;
  const isSaved = new Promise<void>((resolve) => (saved = resolve));
  const saving = inOrganisation(database, organisationId, async () => {
    await save('a', 'Text 2')(context, set);
    saved();
    await held;
  });
  await isSaved;
  const { checksum } = await getNextVersion(context, set.ref);
  const publishing = publishVersion(context, { ...set.ref, checksum, changelog: '' });
  const refused = expect(publishing).rejects.toMatchObject({ reason: 'draft_changed' });
  await expect.poll(countWaiting).toBe(1);
  commit();
  await saving;
  await refused;
  const { unpublished } = await getHome(context, {});
  expect(unpublished.data).toEqual([{ address: set.address, latest: '1.0.0', changed_prompts: 2 }]);
});

/** How many sessions wait for a row that another one has locked. */
async function countWaiting(): Promise<number> {
  const { rows } = await asAdmin(testDatabase.adminUrl, (admin) =>
    admin.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    ),
  );
  return rows[0]?.count ?? 0;
}
