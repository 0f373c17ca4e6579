import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { AuditEntry } from '#db/models/index.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import {
  addTestMember,
  createTestApiKey,
  inTestOrganisation,
  registerTestAccount,
  type TestAccount,
} from '#tests/support/factories.ts';
import { actingAs } from '#tests/support/context.ts';
import { makeSet, textPrompt } from '#tests/support/prompts.ts';
import { AppError } from '../errors.ts';
import type { Context } from './context.ts';
import { archivePrompt, restorePrompt } from './prompt-archive.ts';
import { createPrompt, getPrompt, listPrompts, updatePrompt } from './prompts.ts';
import { getRevision, listRevisions } from './revisions.ts';
import { getNextVersion } from './versions/proposal.ts';
import { publishVersion } from './versions/publish.ts';

let testDatabase: TestDatabase;
let database: Database;
let account: TestAccount;
let context: Context;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  account = await registerTestAccount(database, { name: 'Mara' });
  context = account.context;
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const failure = async (work: Promise<unknown>): Promise<AppError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw new Error('It should have been refused', { cause: error });
};

describe('saving', () => {
  test('appends a revision and overwrites nothing', async () => {
    const set = await makeSet(context, { hello: textPrompt('One') });
    const { hello } = set.prompts;
    const id = hello?.id ?? '';
    const second = await updatePrompt(context, { prompt_id: id, revision: 1, content: textPrompt('Two') });
    expect(second).toMatchObject({ revision: 2, content: { template: 'Two' }, updated_by: { name: 'Mara' } });
    const { data } = await listRevisions(context, { prompt_id: id, limit: 50 });
    expect(data.map((revision) => revision.number)).toEqual([2, 1]);
    expect(await getRevision(context, { prompt_id: id, number: 1 })).toMatchObject({
      content: { template: 'One' },
    });
  });

  test('the same content again makes no revision', async () => {
    const set = await makeSet(context, { hello: textPrompt('Same') });
    const id = set.prompts.hello?.id ?? '';
    const again = await updatePrompt(context, { prompt_id: id, revision: 1, content: textPrompt('Same') });
    expect(again.revision).toBe(1);
  });

  test('the second of two editors gets the other’s text and loses none', async () => {
    const set = await makeSet(context, { hello: textPrompt('Base') });
    const id = set.prompts.hello?.id ?? '';
    const jonas = actingAs(context, await addTestMember(account, 'member', 'Jonas'));
    await updatePrompt(jonas, { prompt_id: id, revision: 1, content: textPrompt('Jonas’ text') });
    const error = await failure(
      updatePrompt(context, { prompt_id: id, revision: 1, content: textPrompt('Mara’s text') }),
    );
    expect(error).toMatchObject({ code: 'CONFLICT', reason: 'revision_conflict' });
    expect(error.message).toContain('Jonas saved revision 2');
    expect(error.data).toMatchObject({ current: { revision: 2, content: { template: 'Jonas’ text' } } });
    expect((await getPrompt(context, { prompt_id: id })).content).toMatchObject({ template: 'Jonas’ text' });
  });

  test('of twenty at once on one revision exactly one succeeds, and the others are told of its text', async () => {
    const set = await makeSet(context, { hello: textPrompt('Base') });
    const id = set.prompts.hello?.id ?? '';
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        updatePrompt(context, { prompt_id: id, revision: 1, content: textPrompt(`Text ${n}`) }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    for (const error of refused) expect(error).toMatchObject({ reason: 'revision_conflict' });
    expect((await listRevisions(context, { prompt_id: id, limit: 50 })).data).toHaveLength(2);
  });

  test('refuses a template that can’t be read, at its line and column, and stores nothing', async () => {
    const set = await makeSet(context, {});
    const error = await failure(
      createPrompt(context, {
        ...set.ref,
        name: 'Bad',
        content: textPrompt('One\n{{ name | currency }}', ['name']),
      }),
    );
    expect(error).toMatchObject({ code: 'UNPROCESSABLE_CONTENT', reason: 'content.invalid' });
    expect(error.details[0]?.field).toMatch(/^content\.template:2:\d+$/);
    expect(error.message).toContain('currency');
    expect((await listPrompts(context, { ...set.ref, limit: 50, archived: false })).data).toEqual([]);
  });

  test('leaves an audit entry exactly when something was saved', async () => {
    const set = await makeSet(context, { hello: textPrompt('One') });
    const id = set.prompts.hello?.id ?? '';
    await updatePrompt(context, { prompt_id: id, revision: 1, content: textPrompt('Two') });
    await failure(updatePrompt(context, { prompt_id: id, revision: 1, content: textPrompt('Three') }));
    const entries = await inTestOrganisation(account, () =>
      AuditEntry.query().where('subjectId', id).orderBy('id'),
    );
    expect(entries.map((entry) => entry.action)).toEqual(['prompt.create', 'prompt.save']);
  });
});

describe('slugs', () => {
  test('are made from the name, numbered when taken', async () => {
    const set = await makeSet(context, {});
    const make = (name: string) => createPrompt(context, { ...set.ref, name, content: textPrompt('x') });
    expect((await make('Wélcome Mail')).slug).toBe('welcome-mail');
    expect((await make('welcome mail')).slug).toBe('welcome-mail-2');
    expect((await make('日本')).slug).toBe('prompt');
  });

  test('that are taken are refused at their field', async () => {
    const set = await makeSet(context, { hello: textPrompt('x') });
    const error = await failure(
      createPrompt(context, { ...set.ref, name: 'Hello', slug: 'hello', content: textPrompt('y') }),
    );
    expect(error).toMatchObject({ code: 'CONFLICT', reason: 'slug_taken', details: [{ field: 'slug' }] });
  });
});

describe('the list', () => {
  test('says what changed in each prompt since the newest release', async () => {
    const set = await makeSet(context, {
      same: textPrompt('Same'),
      text: textPrompt('Old'),
      more: textPrompt('More {{ a }}', ['a']),
    });
    const { checksum } = await getNextVersion(context, set.ref);
    await publishVersion(context, { ...set.ref, changelog: '', checksum });
    const save = (slug: string, content: ReturnType<typeof textPrompt>) =>
      updatePrompt(context, { prompt_id: set.prompts[slug]?.id ?? '', revision: 1, content });
    await save('text', textPrompt('New'));
    await save('more', textPrompt('More {{ a }} {{ b }}', ['a', 'b?=x']));
    await createPrompt(context, { ...set.ref, name: 'Fresh', slug: 'fresh', content: textPrompt('x') });
    const { data } = await listPrompts(context, { ...set.ref, limit: 50, archived: false });
    expect(data.map(({ slug, change, parameters }) => [slug, change, parameters])).toEqual([
      ['fresh', 'new', []],
      ['more', 'minor', ['a', 'b?']],
      ['same', null, []],
      ['text', 'patch', []],
    ]);
  });

  test('comes in pages that hold each prompt once', async () => {
    const set = await makeSet(
      context,
      Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`p${n}`, textPrompt('x')])),
    );
    const slugs: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listPrompts(context, { ...set.ref, limit: 3, cursor, archived: false });
      slugs.push(...page.data.map((prompt) => prompt.slug));
      cursor = page.meta.cursor ?? undefined;
    } while (cursor);
    expect(slugs).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6']);
    expect(
      (await failure(listPrompts(context, { ...set.ref, limit: 3, cursor: 'x', archived: false }))).details,
    ).toMatchObject([{ field: 'cursor' }]);
  });
});

describe('archiving', () => {
  test('takes a prompt out of the draft, keeps it in its versions, and can be undone', async () => {
    const set = await makeSet(context, { keep: textPrompt('x'), drop: textPrompt('y') });
    const { checksum } = await getNextVersion(context, set.ref);
    await publishVersion(context, { ...set.ref, changelog: '', checksum });
    const id = set.prompts.drop?.id ?? '';
    await archivePrompt(context, { prompt_id: id, revision: 1 });
    expect(await getNextVersion(context, set.ref)).toMatchObject({
      number: '2.0.0',
      level: 'major',
      prompt_count: 1,
    });
    await restorePrompt(context, { prompt_id: id, revision: 1 });
    expect((await getNextVersion(context, set.ref)).obstacle).toBe('Nothing has changed since 1.0.0.');
  });

  test('what was published takes an admin, what never was a member', async () => {
    const set = await makeSet(context, { hello: textPrompt('x') });
    const { checksum } = await getNextVersion(context, set.ref);
    await publishVersion(context, { ...set.ref, changelog: '', checksum });
    const member = actingAs(context, await addTestMember(account, 'member'));
    const fresh = await createPrompt(member, {
      ...set.ref,
      name: 'Fresh',
      slug: 'fresh',
      content: textPrompt('x'),
    });
    expect((await archivePrompt(member, { prompt_id: fresh.id, revision: 1 })).archived).toBe(true);
    const published = { prompt_id: set.prompts.hello?.id ?? '', revision: 1 };
    expect(await failure(archivePrompt(member, published))).toMatchObject({ code: 'FORBIDDEN' });
    const admin = actingAs(context, await addTestMember(account, 'admin'));
    expect((await archivePrompt(admin, published)).archived).toBe(true);
  });
});

test('a key of one project can neither read nor write a prompt of another', async () => {
  const here = await makeSet(context, { hello: textPrompt('x') });
  const there = await makeSet(context, { hello: textPrompt('x') });
  const key = await createTestApiKey(account, { projects: [here.address.split('/')[0] ?? ''] });
  const program = actingAs(context, key.actor);
  const id = there.prompts.hello?.id ?? '';
  expect(await failure(getPrompt(program, { prompt_id: id }))).toMatchObject({ code: 'NOT_FOUND' });
  expect(
    await failure(updatePrompt(program, { prompt_id: id, revision: 1, content: textPrompt('y') })),
  ).toMatchObject({ code: 'NOT_FOUND', message: 'There is no such prompt.' });
  expect((await getPrompt(program, { prompt_id: here.prompts.hello?.id })).revision).toBe(1);
});
